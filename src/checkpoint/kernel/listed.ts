/**
 * Elements of a run of steps that are left for later: a list of their places, which grows without a branch for each, and the code that
 * reads and writes eight of them at a time. So a few that need slow arithmetic cost that arithmetic, not that of all beside them. SPEC F5.
 */
import { get, i16x8, i32, loadBytes, loadLane16, set, storeLane16, store, words, type Code } from "./assembler.ts"
import { stepElements } from "./float-format.ts"

/** Steps of a run: what it reads and writes stays in the nearest cache until its list is done. */
export const runSteps = 256

const shortLength = 32

/** The memory of kernels begins with a table, for each set of eight lanes their offsets in order, and the list. */
const [tableAt, listAt] = [0, 256 * stepElements]
const offsetBytes = 2
/** What is before the first region. */
export const scratchBytes = listAt + offsetBytes * stepElements * (runSteps + 2)

export const writeTable = (memory: ArrayBuffer): void => {
  const table = new Uint8Array(memory, tableAt, 256 * stepElements)
  for (let lanes = 0; lanes < 256; lanes++) {
    const of = Array.from({ length: stepElements }, (_, lane) => lane).filter((lane) => ((lanes >> lane) & 1) === 1)
    table.set(of.map((lane) => offsetBytes * lane), stepElements * lanes)
  }
}

/** Locals of 32 bits: the end of the list, where the step is in its run, in bytes of 16-bit elements, and from `own` on `listLocals` more. */
export interface ListPlaces {
  readonly end: number
  readonly place: number
  readonly own: number
}

export const listLocals = 1 + stepElements

export const emptyList = ({ end }: ListPlaces): Code => set(end, i32.constant(listAt))

/** Of the list of the run before, or of none: so few that a branch for each step is foreseen nearly always. */
export const isShort = ({ end }: ListPlaces): Code => i32.ltU(get(end), i32.constant(listAt + offsetBytes * shortLength))

export const isListed = ({ end }: ListPlaces): Code => i32.ne(get(end), i32.constant(listAt))

/** Lists the elements of a step whose lanes in `mask` are ones. */
export const listLanes = (mask: Code, { end, place, own: lanes }: ListPlaces): Code => [
  ...set(lanes, i16x8.bitmask(mask)),
  ...store(get(end), 0, i16x8.add(loadBytes(i32.shl(get(lanes), i32.constant(3)), tableAt), i16x8.splat(get(place)))),
  ...set(end, i32.add(get(end), i32.shl(i32.popcnt(get(lanes)), i32.constant(1)))),
]

/** Before the list is read: the last eight may be fewer, and are filled up with the first of the run, which loses nothing by it. */
export const fillList = ({ end }: ListPlaces): Code => store(get(end), 0, words(0))

/** The next eight places; `own` is where in the list they are, which begins with 0. */
export const nextListed = ({ own }: ListPlaces): Code => [
  ...Array.from({ length: stepElements }, (_, lane) => set(own + 1 + lane, i32.load16(get(own), listAt + offsetBytes * lane))).flat(),
  ...set(own, i32.add(get(own), i32.constant(offsetBytes * stepElements))),
]
export const firstListed = ({ own }: ListPlaces): Code => set(own, i32.constant(0))
export const areMoreListed = ({ end, own }: ListPlaces): Code => i32.ltU(i32.add(get(own), i32.constant(listAt)), get(end))

const lanes = Array.from({ length: stepElements }, (_, lane) => lane)
const placeOf = ({ own }: ListPlaces, pointer: number, lane: number): Code => i32.add(get(pointer), get(own + 1 + lane))

/** Their 16 bits each, of a run that begins at `pointer`. */
export const gatherListed = (pointer: number, places: ListPlaces): Code => lanes.reduce<Code>((gathered, lane) => loadLane16(placeOf(places, pointer, lane), gathered, lane), words(0))

/** Their 16 bits each, to a run that begins at `pointer`, from the local `values`. */
export const scatterListed = (pointer: number, values: number, places: ListPlaces): Code => lanes.flatMap((lane) => storeLane16(placeOf(places, pointer, lane), get(values), lane))
