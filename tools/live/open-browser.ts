/** Opens an address in the user's browser, where there is one; nothing is said when there is none: the address is printed anyway. */
import { spawn } from "node:child_process"

export const openBrowser = (address: string): void => {
  const [program = "", ...args] = process.platform === "darwin" ? ["open", address] : process.platform === "win32" ? ["cmd", "/c", "start", "", address] : ["xdg-open", address]
  const child = spawn(program, args, { stdio: "ignore", detached: true })
  child.on("error", () => undefined)
  child.unref()
}
