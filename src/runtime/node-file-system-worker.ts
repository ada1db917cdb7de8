/**
 * The program of the file thread, as text: a worker started from text needs no path of its own, so that it runs the same
 * from compiled files, from sources under test and from a bundle. It answers requests `{ id, operation, arguments }` one by
 * one, in order, with synchronous calls.
 */
export const FILE_THREAD_PROGRAM = `
'use strict'
const fs = require('node:fs')
const { parentPort } = require('node:worker_threads')
const { O_RDWR, O_CREAT, O_EXCL, O_RDONLY, O_DIRECTORY } = fs.constants
const FLAGS = { create: O_RDWR | O_CREAT | O_EXCL, open: O_RDWR, 'open-or-create': O_RDWR | O_CREAT }

function readAt(fd, offset, length) {
  const bytes = new Uint8Array(length)
  let filled = 0
  while (filled < length) {
    const count = fs.readSync(fd, bytes, filled, length - filled, offset + filled)
    if (count === 0) break
    filled += count
  }
  return bytes.slice(0, filled)
}

const operations = {
  open: (path, mode) => fs.openSync(path, FLAGS[mode], 0o600),
  readFile: (path) => {
    const buffer = fs.readFileSync(path)
    // Memory of its own is handed over as it is; a piece of Node's pool is not ours to give away.
    const whole = buffer.byteLength === buffer.buffer.byteLength
    return whole ? new Uint8Array(buffer.buffer) : new Uint8Array(buffer)
  },
  list: (path) => fs.readdirSync(path).sort(),
  stat: (path) => {
    try {
      const found = fs.statSync(path)
      return { kind: found.isDirectory() ? 'folder' : 'file', sizeBytes: found.size, modifiedMs: found.mtimeMs }
    } catch (error) {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
      throw error
    }
  },
  rename: (from, to) => fs.renameSync(from, to),
  remove: (path) => fs.unlinkSync(path),
  removeFolder: (path) => fs.rmSync(path, { recursive: true, force: true }),
  makeFolder: (path) => void fs.mkdirSync(path, { recursive: true, mode: 0o700 }),
  syncFolder: (path) => {
    const fd = fs.openSync(path, O_RDONLY | O_DIRECTORY)
    try {
      fs.fsyncSync(fd)
    } finally {
      fs.closeSync(fd)
    }
  },
  read: readAt,
  write: (fd, offset, bytes, sync) => {
    for (let done = 0; done < bytes.length; ) {
      done += fs.writeSync(fd, bytes, done, bytes.length - done, offset + done)
    }
    if (sync) fs.fdatasyncSync(fd)
  },
  sync: (fd) => fs.fdatasyncSync(fd),
  truncate: (fd, sizeBytes) => fs.ftruncateSync(fd, sizeBytes),
  size: (fd) => fs.fstatSync(fd).size,
  close: (fd) => fs.closeSync(fd),
}

parentPort.on('message', ({ id, operation, parameters }) => {
  try {
    const value = operations[operation](...parameters)
    const transfer = value instanceof Uint8Array ? [value.buffer] : []
    parentPort.postMessage({ id, value }, transfer)
  } catch (error) {
    parentPort.postMessage({ id, error: { code: error.code, message: error.message } })
  }
})
`
