/**
 * Maps from texts that never change: setting a key gives a new map that shares all but one path with the old one, and
 * comparing two maps looks only at what they do not share. A hash array mapped trie (Bagwell 2001): 32 ways, five bits
 * of the key's hash a level.
 */

export interface Trie<A> {
  readonly size: number
  readonly root: Slot<A> | undefined
}

type Slot<A> = Leaf<A> | Branch<A>

interface Leaf<A> {
  readonly hash: number
  readonly key: string
  readonly value: A
  /** Another key of the same hash. */
  readonly next: Leaf<A> | undefined
}

interface Branch<A> {
  /** Which of the 32 ways are taken; `slots` holds those, in order. */
  bits: number
  readonly slots: Slot<A>[]
}

/** FNV-1a over code units. */
const hashOf = (key: string): number => {
  let hash = 0x811c9dc5
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193)
  // The low bits of FNV are its weak ones, and the trie begins with them.
  return hash ^ (hash >>> 15)
}

const isBranch = <A>(slot: Slot<A>): slot is Branch<A> => "slots" in slot

const bitOf = (hash: number, shift: number): number => 1 << ((hash >>> shift) & 31)

/** How many taken ways come before `bit`. */
const rankOf = (bits: number, bit: number): number => {
  let n = bits & (bit - 1)
  n -= (n >>> 1) & 0x55555555
  n = (n & 0x33333333) + ((n >>> 2) & 0x33333333)
  return Math.imul((n + (n >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}

const inChain = <A>(leaf: Leaf<A> | undefined, key: string): Leaf<A> | undefined => {
  let at = leaf
  while (at !== undefined && at.key !== key) at = at.next
  return at
}

const withoutKey = <A>(leaf: Leaf<A> | undefined, key: string): Leaf<A> | undefined =>
  leaf === undefined || leaf.key === key ? leaf?.next : { ...leaf, next: withoutKey(leaf.next, key) }

const wayOf = <A>({ bits, slots }: Branch<A>, bit: number): Slot<A> | undefined => ((bits & bit) === 0 ? undefined : slots[rankOf(bits, bit)])

const find = <A>(root: Slot<A> | undefined, hash: number, key: string): Leaf<A> | undefined => {
  let slot = root
  for (let shift = 0; slot !== undefined && isBranch(slot); shift += 5) slot = wayOf(slot, bitOf(hash, shift))
  return slot?.hash === hash ? inChain(slot, key) : undefined
}

/** `isOurs`: nobody else holds `slot`, so branches are changed in place. */
const put = <A>(slot: Slot<A> | undefined, leaf: Leaf<A>, shift: number, isOurs: boolean): Slot<A> => {
  if (slot === undefined) return leaf
  if (!isBranch(slot)) {
    if (slot.hash === leaf.hash) return { ...leaf, next: withoutKey(slot, leaf.key) }
    const branch: Branch<A> = { bits: bitOf(slot.hash, shift), slots: [slot] }
    return put(branch, leaf, shift, true)
  }
  const bit = bitOf(leaf.hash, shift)
  const at = rankOf(slot.bits, bit)
  const branch = isOurs ? slot : { bits: slot.bits, slots: slot.slots.slice() }
  if ((slot.bits & bit) === 0) {
    branch.slots.splice(at, 0, leaf)
    branch.bits |= bit
  } else branch.slots[at] = put(slot.slots[at], leaf, shift + 5, isOurs)
  return branch
}

const cut = <A>(slot: Slot<A>, hash: number, key: string, shift: number): Slot<A> | undefined => {
  if (!isBranch(slot)) return withoutKey(slot, key)
  const bit = bitOf(hash, shift)
  const at = rankOf(slot.bits, bit)
  const rest = cut(slot.slots[at] as Slot<A>, hash, key, shift + 5)
  const slots = rest === undefined ? slot.slots.filter((_, i) => i !== at) : slot.slots.map((one, i) => (i === at ? rest : one))
  const [only] = slots
  if (slots.length < 2 && (only === undefined || !isBranch(only))) return only
  return { bits: rest === undefined ? slot.bits & ~bit : slot.bits, slots }
}

const leavesOf = <A>(slot: Slot<A> | undefined, found: Leaf<A>[] = []): readonly Leaf<A>[] => {
  if (slot !== undefined && isBranch(slot)) for (const one of slot.slots) leavesOf(one, found)
  else for (let leaf = slot; leaf !== undefined; leaf = leaf.next) found.push(leaf)
  return found
}

/** Of two entries of one key, the last counts. */
export const trieOf = <A>(entries: Iterable<readonly [string, A]>): Trie<A> => {
  let root: Slot<A> | undefined
  let size = 0
  for (const [key, value] of entries) {
    const hash = hashOf(key)
    if (find(root, hash, key) === undefined) size++
    root = put(root, { hash, key, value, next: undefined }, 0, true)
  }
  return { size, root }
}

export const getIn = <A>({ root }: Trie<A>, key: string): A | undefined => find(root, hashOf(key), key)?.value

export const setIn = <A>({ size, root }: Trie<A>, key: string, value: A): Trie<A> => {
  const hash = hashOf(key)
  return { size: find(root, hash, key) === undefined ? size + 1 : size, root: put(root, { hash, key, value, next: undefined }, 0, false) }
}

export const removeIn = <A>(trie: Trie<A>, key: string): Trie<A> => {
  const hash = hashOf(key)
  if (trie.root === undefined || find(trie.root, hash, key) === undefined) return trie
  return { size: trie.size - 1, root: cut(trie.root, hash, key, 0) }
}

/** In an order that depends on the keys alone. */
export const entriesOf = <A>({ root }: Trie<A>): readonly (readonly [string, A])[] => leavesOf(root).map(({ key, value }) => [key, value])

/** A key that one of two maps lacks, or under which they hold different values. */
export interface Difference<A> {
  readonly key: string
  readonly before: A | undefined
  readonly after: A | undefined
}

/** Every difference between two maps, values told apart by identity. Parts that the maps share are not looked at. */
export const differencesOf = <A>(before: Trie<A>, after: Trie<A>): readonly Difference<A>[] => {
  const found: Difference<A>[] = []
  const compare = (a: Slot<A> | undefined, b: Slot<A> | undefined, shift: number): void => {
    if (a === b) return
    if (a !== undefined && b !== undefined && isBranch(a) && isBranch(b)) {
      for (let bits = a.bits | b.bits; bits !== 0; bits &= bits - 1) {
        const bit = bits & -bits
        compare(wayOf(a, bit), wayOf(b, bit), shift + 5)
      }
      return
    }
    const others = new Map(leavesOf(b).map((leaf) => [leaf.key, leaf.value]))
    for (const { key, value } of leavesOf(a)) {
      const other = others.get(key)
      if (other !== value) found.push({ key, before: value, after: other })
      others.delete(key)
    }
    for (const [key, value] of others) found.push({ key, before: undefined, after: value })
  }
  compare(before.root, after.root, 0)
  return found
}
