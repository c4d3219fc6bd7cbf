/**
 * A map of very many texts, in the order in which they came. Of each a number stands beside the others in one list, so
 * that a look at a key touches one place of memory and the key itself; a `Map` touches every key that it passes on its
 * way, and where no cache holds them all, that is what looking costs. Nor is there a look at all of a content hash.
 */
export interface ReadonlyTextMap<V> extends Iterable<[string, V]> {
  readonly size: number
  get(key: string): V | undefined
  has(key: string): boolean
  values(): Iterable<V>
}

/** Pairs of an index for so many keys, that leave half of it free. */
const pairsFor = (keys: number): number => {
  let pairs = 64
  while (pairs < 2 * keys) pairs *= 2
  return pairs
}

export class TextMap<V> implements ReadonlyTextMap<V> {
  /** Undefined where a key was removed. */
  #keys: (string | undefined)[] = []
  #values: (V | undefined)[] = []
  /** Pairs: one more than the key's place in the lists, 0 where nothing is, and its number. */
  #index: Int32Array
  #size = 0
  /** What was looked for last, its number, and its place: who puts something in has mostly looked for it a moment before. */
  #sought: string | undefined
  #number = 0
  #place = 0

  /** `room`: how many are to come. */
  constructor(room = 0) {
    this.#index = new Int32Array(2 * pairsFor(room))
  }

  get size(): number {
    return this.#size
  }

  get(key: string): V | undefined {
    const place = this.#find(key)
    return place < 0 ? undefined : this.#values[place]
  }

  has(key: string): boolean {
    return this.#find(key) >= 0
  }

  /** Makes room for so many more at once. */
  reserve(more: number): void {
    if ((this.#keys.length + more) * 2 > this.#index.length / 2) this.#rebuild(more)
  }

  set(key: string, value: V): void {
    const place = this.#find(key)
    if (place >= 0) {
      this.#values[place] = value
      return
    }
    const at = 2 * (-1 - place)
    const end = this.#keys.length
    this.#keys[end] = key
    this.#values[end] = value
    this.#index[at] = end + 1
    this.#index[at + 1] = this.#number
    this.#place = end
    this.#size++
    if ((end + 1) * 4 > this.#index.length) this.#rebuild(0)
  }

  delete(key: string): boolean {
    const place = this.#find(key)
    if (place < 0) return false
    this.#sought = undefined
    this.#keys[place] = undefined
    this.#values[place] = undefined
    this.#size--
    return true
  }

  *keys(): IterableIterator<string> {
    for (const key of this.#keys) if (key !== undefined) yield key
  }

  *values(): IterableIterator<V> {
    for (const [, value] of this) yield value
  }

  *[Symbol.iterator](): IterableIterator<[string, V]> {
    for (let i = 0; i < this.#keys.length; i++) {
      const key = this.#keys[i]
      if (key !== undefined) yield [key, this.#values[i] as V]
    }
  }

  /** The place of a key in the lists; if it is not there, -1 less the free pair that the search ended at. */
  #find(key: string): number {
    if (key === this.#sought) return this.#place
    this.#sought = key
    this.#number = numberOf(key)
    this.#place = this.#search(key, this.#number)
    return this.#place
  }

  #search(key: string, number: number): number {
    const index = this.#index
    const keys = this.#keys
    const mask = index.length / 2 - 1
    for (let at = number & mask; ; at = (at + 1) & mask) {
      const place = (index[2 * at] as number) - 1
      if (place < 0) return -1 - at
      if (index[2 * at + 1] === number && keys[place] === key) return place
    }
  }

  /** Without what was removed, and with room for as many again, or for so many more. */
  #rebuild(more: number): void {
    this.#sought = undefined
    const places = this.#close()
    const pairs = pairsFor(this.#size + Math.max(this.#size, more))
    const index = new Int32Array(2 * pairs)
    for (let old = 0; old < this.#index.length; old += 2) {
      const was = (this.#index[old] as number) - 1
      const place = places === undefined || was < 0 ? was : (places[was] as number)
      if (place < 0) continue
      const number = this.#index[old + 1] as number
      let at = number & (pairs - 1)
      while (index[2 * at] !== 0) at = (at + 1) & (pairs - 1)
      index[2 * at] = place + 1
      index[2 * at + 1] = number
    }
    this.#index = index
  }

  /** Closes the gaps in the lists. Gives the new places of all keys, -1 for those that were removed; undefined when none was. */
  #close(): Int32Array | undefined {
    if (this.#size === this.#keys.length) return undefined
    const places = new Int32Array(this.#keys.length)
    let kept = 0
    for (let i = 0; i < places.length; i++) {
      const key = this.#keys[i]
      places[i] = key === undefined ? -1 : kept
      if (key === undefined) continue
      this.#keys[kept] = key
      this.#values[kept++] = this.#values[i]
    }
    this.#keys.length = this.#values.length = kept
    return places
  }
}

/** Content hashes, which most keys are, lie as evenly as any number made of them: the first digits will do. */
const hashLength = 64

const numberOf = (key: string): number => (key.length === hashLength ? (firstDigits(key) ?? mixed(key)) : mixed(key))

/** Undefined where there is another character among them: of names that begin alike all of each counts. */
const firstDigits = (key: string): number | undefined => {
  let number = 0
  for (let i = 0; i < 8; i++) {
    const unit = key.charCodeAt(i)
    const digit = unit < 58 ? unit - 48 : unit - 87
    if (digit < 0 || digit > 15) return undefined
    number = (number << 4) ^ digit
  }
  return number
}

/** FNV-1a over code units; the low bits, which are looked at first, are its weak ones. */
const mixed = (key: string): number => {
  let hash = 0x811c9dc5
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193)
  return hash ^ (hash >>> 15)
}
