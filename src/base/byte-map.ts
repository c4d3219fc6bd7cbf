/**
 * A map from texts to bytes, of very many small ones. They lie one after another in pages: an array of its own for each
 * would take ten times the memory of what it holds. What is given out is a view, and what a page holds is never written
 * again, so the view keeps its content whatever becomes of the map.
 */
import { TextMap } from "./text-map.ts"

const pageBytes = 65_536
/** Of an entry: how many bytes it has. */
const headBytes = 4

export class ByteMap {
  /** Where an entry begins: page × `pageBytes` + offset. */
  readonly #places = new TextMap<number>()
  #pages: Uint8Array[] = []
  /** Written of the last page. */
  #end = pageBytes
  /** Of entries that are there, and of such that no longer are. */
  #live = 0
  #dead = 0

  /** Of 64 KiB, most of them. */
  get pages(): number {
    return this.#pages.length
  }

  get(key: string): Uint8Array | undefined {
    const place = this.#places.get(key)
    return place === undefined ? undefined : this.#at(place)
  }

  /** Keeps a copy. */
  set(key: string, bytes: Uint8Array): void {
    const place = this.#places.get(key)
    if (place !== undefined) {
      const old = this.#at(place)
      if (isEqual(old, bytes)) return
      this.#bury(old)
    }
    this.#places.set(key, this.#append(bytes))
    this.#clean()
  }

  delete(key: string): boolean {
    const place = this.#places.get(key)
    if (place === undefined) return false
    this.#bury(this.#at(place))
    this.#places.delete(key)
    this.#clean()
    return true
  }

  keys(): IterableIterator<string> {
    return this.#places.keys()
  }

  *[Symbol.iterator](): IterableIterator<[string, Uint8Array]> {
    for (const [key, place] of this.#places) yield [key, this.#at(place)]
  }

  #at(place: number): Uint8Array {
    const page = this.#pages[Math.floor(place / pageBytes)] as Uint8Array
    const at = place % pageBytes
    const length = (page[at] as number) + (page[at + 1] as number) * 2 ** 8 + (page[at + 2] as number) * 2 ** 16 + (page[at + 3] as number) * 2 ** 24
    return page.subarray(at + headBytes, at + headBytes + length)
  }

  #append(bytes: Uint8Array): number {
    const { length } = bytes
    const needed = headBytes + length
    if (this.#end + needed > pageBytes) {
      // One that no page has room for gets a page that ends with it.
      this.#pages.push(new Uint8Array(Math.max(pageBytes, needed)))
      this.#end = 0
    }
    const last = this.#pages.length - 1
    const page = this.#pages[last] as Uint8Array
    const at = this.#end
    page[at] = length
    page[at + 1] = length >>> 8
    page[at + 2] = length >>> 16
    page[at + 3] = length >>> 24
    write(page, at + headBytes, bytes)
    this.#end += needed
    this.#live += needed
    return last * pageBytes + at
  }

  #bury({ length }: Uint8Array): void {
    this.#live -= headBytes + length
    this.#dead += headBytes + length
  }

  /** Into new pages, once most of the old ones is dead. */
  #clean(): void {
    if (this.#dead < pageBytes || this.#dead < this.#live) return
    const entries = [...this]
    this.#pages = []
    this.#end = pageBytes
    this.#live = this.#dead = 0
    for (const [key, bytes] of entries) this.#places.set(key, this.#append(bytes))
  }
}

/** A few bytes are written before a call of `set` has begun. */
const write = (page: Uint8Array, at: number, bytes: Uint8Array): void => {
  if (bytes.length > 64) page.set(bytes, at)
  else for (let i = 0; i < bytes.length; i++) page[at + i] = bytes[i] as number
}

const isEqual = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((byte, i) => byte === b[i])
