/**
 * Loaded before a command (`node --require`): the process kills itself at the DIE_ATth change to a file or folder below DIE_UNDER, of a write after the
 * first DIE_SHARE of its bytes. Without DIE_AT it tells at its end how many changes there were.
 */
const fs = require("node:fs")
const { syncBuiltinESMExports } = require("node:module")
const { resolve, sep } = require("node:path")
const { isMainThread } = require("node:worker_threads")

const { DIE_UNDER: under = "", DIE_AT: at = "Infinity", DIE_SHARE: share = "0" } = process.env
const plain = { ...fs }
const own = new Set()
let changes = 0

const isOwn = (path) => typeof path === "string" && (resolve(path) + sep).startsWith(under + sep)
const isLast = () => isMainThread && ++changes === Number(at)
const die = () => {
  process.kill(process.pid, "SIGKILL")
  // The signal is on its way.
  for (;;);
}

const change = (name, concerns) => {
  fs[name] = (...args) => {
    if (concerns(...args) && isLast()) die()
    return plain[name](...args)
  }
}
for (const name of ["mkdirSync", "rmSync", "rmdirSync", "unlinkSync", "renameSync"]) change(name, isOwn)
for (const name of ["ftruncateSync", "fsyncSync", "fdatasyncSync", "fdatasync", "fsync"]) change(name, (descriptor) => own.has(descriptor))
fs.openSync = (path, flags, ...rest) => {
  const isWritten = isOwn(path) && (typeof flags === "number" ? flags !== 0 : flags !== undefined && flags !== "r")
  if (isWritten && isLast()) die()
  const descriptor = plain.openSync(path, flags, ...rest)
  if (isWritten) own.add(descriptor)
  else own.delete(descriptor)
  return descriptor
}
fs.writeFileSync = (target, content, ...rest) => {
  if ((own.has(target) || isOwn(target)) && isLast()) {
    const bytes = Buffer.from(content)
    plain.writeFileSync(target, bytes.subarray(0, Math.floor(Number(share) * bytes.length)), ...rest)
    die()
  }
  return plain.writeFileSync(target, content, ...rest)
}
for (const name of ["writeSync", "write"]) {
  fs[name] = (descriptor, bytes, offset, length, position, ...rest) => {
    if (own.has(descriptor) && isLast()) {
      const some = Math.floor(Number(share) * length)
      try {
        plain.writeSync(descriptor, bytes, offset, some, position)
      } catch {
        // Only whole pages go straight to the disk.
        plain.writeSync(descriptor, bytes, offset, some - (some % 4096), position)
      }
      die()
    }
    return plain[name](descriptor, bytes, offset, length, position, ...rest)
  }
}
syncBuiltinESMExports()
if (isMainThread) process.on("exit", () => plain.writeSync(2, `\nchanges: ${changes}\n`))
