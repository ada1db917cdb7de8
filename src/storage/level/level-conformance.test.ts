import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { keyValueConformance } from '../../../test/conformance/key-value-store.js'
import { NodeFileSystem } from '../../runtime/node-file-system.js'
import { LevelStateFolders } from './level-state-folders.js'

keyValueConformance('LevelDB', async () => {
  const root = await mkdtemp(join(tmpdir(), 'level-'))
  return {
    folders: () => new LevelStateFolders({ root, fileSystem: new NodeFileSystem(root) }),
    settle: (promise) => promise,
    cleanUp: () => rm(root, { recursive: true }),
  }
})
