import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { searchIndexConformance } from '../../test/conformance/search-index.js'
import type { HistoryId } from '../model/node-id.js'
import { openNativeIndex } from './native-index.js'

const root = mkdtempSync(join(tmpdir(), 'ggen-native-index-'))
const history = 'history-1' as HistoryId
let folders = 0

afterAll(() => rmSync(root, { recursive: true }))

searchIndexConformance('the native index', () => openNativeIndex(join(root, `${folders++}`), history))
