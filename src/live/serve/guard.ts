/**
 * Who may speak to the server. It runs code and shows results, so: only who has the token, which is in the address that
 * the command prints; only under a name that cannot be made to point here from outside (DNS rebinding); and no page of
 * another site, even in a browser that has the token. Pure: a request in, a verdict out. SPEC L8.
 */
import { createHash, timingSafeEqual } from "node:crypto"
import { isIP } from "node:net"

export interface Asking {
  readonly method: string
  /** Path and query, as they came. */
  readonly url: string
  readonly host: string | undefined
  readonly origin: string | undefined
  readonly cookie: string | undefined
  readonly authorization: string | undefined
  /** `Sec-Fetch-Site`, where a browser says so. */
  readonly site: string | undefined
}

export interface Guarded {
  readonly token: string
  readonly port: number
  /** The name that the user gave with `--host`; addresses and localhost are always right. */
  readonly name: string | undefined
}

export type Verdict =
  | { readonly _tag: "allowed"; readonly path: string }
  /** Came with the token in the address: goes on without it, so that it is in no history, bookmark or Referer. */
  | { readonly _tag: "welcome"; readonly cookie: string; readonly location: string }
  | { readonly _tag: "refused"; readonly status: 400 | 403 | 405; readonly reason: string }

const refused = (status: 400 | 403 | 405, reason: string): Verdict => ({ _tag: "refused", status, reason })

/** Cookies are shared between the ports of a host. */
const cookieName = (port: number): string => `cambium-${port}`

export const judge = (asking: Asking, guarded: Guarded, isSocket: boolean): Verdict => {
  const { host, origin } = asking
  if (host === undefined || !isOurs(host, guarded)) return refused(403, "this server is not known under that name")
  if (asking.method !== "GET" && (isSocket || asking.method !== "HEAD")) return refused(405, "only GET")
  if (origin !== undefined && origin !== `http://${host}`) return refused(403, "another site asks")
  if (asking.site !== undefined && isSocket && asking.site !== "same-origin") return refused(403, "another site asks")
  const query = asking.url.indexOf("?")
  const path = query < 0 ? asking.url : asking.url.slice(0, query)
  const given = query < 0 ? null : new URLSearchParams(asking.url.slice(query)).get("token")
  if (given !== null && !isSocket) {
    if (path !== "/" || !equal(given, guarded.token)) return refused(403, "that is not the token")
    return { _tag: "welcome", cookie: `${cookieName(guarded.port)}=${guarded.token}; HttpOnly; SameSite=Strict; Path=/`, location: "/" }
  }
  const bearer = /^Bearer (.+)$/.exec(asking.authorization ?? "")?.[1]
  const known = bearer ?? cookieOf(asking.cookie, cookieName(guarded.port))
  if (known === undefined || !equal(known, guarded.token)) return refused(403, "open the address that cambium live printed: it has the token")
  return { _tag: "allowed", path }
}

/** An address or a name that means this machine; a name of any other site never is. */
const isOurs = (host: string, { port, name }: Guarded): boolean => {
  const [, plain, given] = /^(\[[^\]]+\]|[^:]+)(?::(\d+))?$/.exec(host) ?? []
  if (plain === undefined || Number(given ?? 80) !== port) return false
  const bare = plain.startsWith("[") ? plain.slice(1, -1) : plain
  return isIP(bare) !== 0 || bare.toLowerCase() === "localhost" || (name !== undefined && bare.toLowerCase() === name.toLowerCase())
}

/** In a time that says nothing of where they differ. */
const equal = (a: string, b: string): boolean => {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest()
  return timingSafeEqual(digest(a), digest(b))
}

const cookieOf = (header: string | undefined, name: string): string | undefined =>
  header?.split(/;\s*/).map((one) => one.split("=")).find(([key]) => key === name)?.slice(1).join("=")

/** Of every answer. `host` is the Host that was asked for, checked. */
export const safetyHeaders = (host: string): { readonly [name: string]: string } => ({
  "Content-Security-Policy": [
    "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data: blob:", "font-src 'self'", `connect-src 'self' ws://${host}`,
    "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
  ].join("; "),
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
})
