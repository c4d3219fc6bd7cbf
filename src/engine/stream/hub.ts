/**
 * Where live edges meet, in the engine's thread: takes messages from one end to the other, tells consumers how their
 * producers ended, and sees to it that jobs never wait for each other in a ring: an edge that closes one gives up its
 * backpressure and is read from the store. It looks into no element. SPEC S4, S7, S10, S11.
 */
import type { Hash } from "../../base/hash.ts"
import type { OutputBlobs } from "../transport.ts"
import type { Credit, EdgeTally, EdgeTerms, FromJob, LiveInput, Policy, StreamLink, ToJob } from "./message.ts"

/** Somebody who looks on: not a job, and never waited for unless the policy says so. */
export interface Watcher {
  readonly receive: (frames: readonly Uint8Array[]) => void
  /** No more comes. */
  readonly end: () => void
}

export interface Watching {
  readonly taken: (items: number, bytes: number) => void
  readonly leave: () => void
}

export interface Hub {
  /** A job with stream ports starts under this key: its line. */
  readonly open: (key: Hash) => StreamLink
  /** The job ended: `outputs` when it is done and its result recorded. */
  readonly close: (key: Hash, outputs: OutputBlobs | undefined) => void
  readonly isRunning: (key: Hash) => boolean
  /** What the job is told from now on waits until `release`. */
  readonly hold: (key: Hash) => void
  readonly release: (key: Hash) => void
  /** Keys of running jobs with stream ports. */
  readonly running: () => Iterable<Hash>
  /** The most that has gone from an output of a running job to another one; undefined while nobody takes it. */
  readonly flow: (from: Hash, port: string) => Flow | undefined
  /** Makes an edge from an output of a running job to the job that is about to start under `to`. */
  readonly connect: (from: Hash, port: string, to: Hash) => LiveInput
  /** Undefined when no job runs under the key. */
  readonly watch: (from: Hash, port: string, policy: Policy, watcher: Watcher) => Watching | undefined
}

/** What has gone along an edge so far. */
export interface Flow {
  readonly elements: number
  readonly bytes: number
}

export interface HubOptions {
  readonly credit: Credit
  /** A producer did not come to its end, or cannot give what its consumer needs: the consumer must not go on. */
  readonly onBroken: (consumer: Hash) => void
  /** A job waits until a consumer takes something; and one has, or wants no more. */
  readonly onBlocked: (producer: Hash) => void
  readonly onTaken: (producer: Hash) => void
  /** `to` is undefined for watchers. */
  readonly onTally: (from: Hash, port: string, to: Hash | undefined, tally: EdgeTally) => void
}

interface Party {
  readonly key: Hash
  isRunning: boolean
  isBlocked: boolean
  isHeld: boolean
  receive: ((message: ToJob) => void) | undefined
  waiting: ToJob[]
  readonly inputs: Set<Edge>
  readonly outputs: Set<Edge>
}

interface Edge {
  readonly id: number
  readonly from: Party
  readonly port: string
  readonly to: Party | Watcher
  readonly terms: EdgeTerms
  /** Elements that went along it, those to be read from the store included, their bytes, and how many were taken. */
  relayed: number
  bytes: number
  acked: number
  isStarved: boolean
  isBlocked: boolean
  isReady: boolean
}

const isParty = (to: Edge["to"]): to is Party => "inputs" in to

export const makeHub = ({ credit, onBroken, onBlocked, onTaken, onTally }: HubOptions): Hub => {
  const parties = new Map<Hash, Party>()
  const edges = new Map<number, Edge>()
  let lastEdge = 0

  const partyOf = (key: Hash): Party => {
    const found = parties.get(key) ?? { key, isRunning: false, isBlocked: false, isHeld: false, receive: undefined, waiting: [], inputs: new Set(), outputs: new Set() }
    parties.set(key, found)
    return found
  }
  const send = (party: Party, message: ToJob): void => {
    if (party.receive === undefined || party.isHeld) party.waiting.push(message)
    else party.receive(message)
    // Of what it reads it may be told meanwhile.
    if (!party.isBlocked || (message.type !== "taken" && message.type !== "spill" && message.type !== "detach")) return
    party.isBlocked = false
    onTaken(party.key)
  }
  const flush = (party: Party): void => {
    const { waiting } = party
    party.waiting = []
    for (const message of waiting) send(party, message)
  }
  const makeEdge = (from: Party, port: string, to: Edge["to"], terms: EdgeTerms): Edge => {
    const edge: Edge = { id: ++lastEdge, from, port, to, terms, relayed: 0, bytes: 0, acked: 0, isStarved: false, isBlocked: false, isReady: false }
    edges.set(edge.id, edge)
    from.outputs.add(edge)
    if (isParty(to)) to.inputs.add(edge)
    return edge
  }
  const attach = ({ from, port, id, terms }: Edge): void => send(from, { type: "attach", port, edge: id, ...terms })
  /** The consumer wants no more of it; the tally is still to come. */
  const detach = (edge: Edge): void => {
    if (isParty(edge.to)) edge.to.inputs.delete(edge)
    edge.from.outputs.delete(edge)
    edge.isStarved = edge.isBlocked = false
    if (edge.from.isRunning && edge.isReady) send(edge.from, { type: "detach", edge: edge.id })
    else edges.delete(edge.id)
  }

  /** Edges along which `party` waits, and for whom. */
  const waits = ({ inputs, outputs }: Party): readonly (readonly [Edge, Party])[] => [
    ...[...inputs].flatMap((edge) => (edge.isStarved ? [[edge, edge.from] as const] : [])),
    ...[...outputs].flatMap((edge) => (edge.isBlocked && isParty(edge.to) ? [[edge, edge.to] as const] : [])),
  ]
  const ringFrom = (start: Party): readonly Edge[] | undefined => {
    const seen = new Set<Party>()
    const walk = (party: Party): readonly Edge[] | undefined => {
      for (const [edge, next] of waits(party)) {
        if (next === start) return [edge]
        if (seen.has(next)) continue
        seen.add(next)
        const found = walk(next)
        if (found !== undefined) return [edge, ...found]
      }
      return undefined
    }
    return walk(start)
  }
  const breakRings = (party: Party): void => {
    for (let ring = ringFrom(party); ring !== undefined; ring = ringFrom(party)) {
      const edge = ring.find(({ isBlocked }) => isBlocked)
      // Without one it would be a cycle of the graph.
      if (edge === undefined) return
      edge.isBlocked = false
      send(edge.from, { type: "spill", edge: edge.id })
    }
  }

  const receive = (party: Party, message: FromJob): void => {
    const edge = edges.get(message.edge)
    if (edge === undefined) return
    switch (message.type) {
      case "ready":
        edge.isReady = true
        return attach(edge)
      case "elements":
        edge.relayed += message.frames.length
        for (const frame of message.frames) edge.bytes += frame.length
        edge.isStarved = false
        return isParty(edge.to) ? send(edge.to, message) : edge.to.receive(message.frames)
      case "replay":
        for (const { lengths } of message.segments) {
          edge.relayed += lengths.length
          for (const length of lengths) edge.bytes += length
        }
        edge.isStarved = false
        return isParty(edge.to) ? send(edge.to, message) : undefined
      case "taken":
        edge.acked += message.items
        edge.isBlocked = false
        return send(edge.from, message)
      case "leave":
        return detach(edge)
      case "starved":
        // What is on its way was not seen yet.
        if (message.received !== edge.relayed) return
        edge.isStarved = true
        return breakRings(party)
      case "blocked":
        if (message.acked !== edge.acked) return
        edge.isBlocked = true
        breakRings(party)
        // A ring that was broken has told it to go on.
        if (!edge.isBlocked) return
        party.isBlocked = true
        return onBlocked(party.key)
      case "refuse":
        return isParty(edge.to) ? onBroken(edge.to.key) : edge.to.end()
      case "tally":
        if (!edge.from.outputs.has(edge)) edges.delete(edge.id)
        return onTally(edge.from.key, edge.port, isParty(edge.to) ? edge.to.key : undefined, message.tally)
    }
  }

  const endEdge = (edge: Edge, outputs: OutputBlobs | undefined): void => {
    edges.delete(edge.id)
    if (!isParty(edge.to)) return edge.to.end()
    edge.to.inputs.delete(edge)
    const output = outputs?.[edge.port]
    if (output !== undefined) return send(edge.to, { type: "end", edge: edge.id, output })
    // Told to stop first, so that it takes what it now throws for being stopped.
    onBroken(edge.to.key)
    send(edge.to, { type: "fail", edge: edge.id })
  }
  return {
    open: (key) => {
      const party = partyOf(key)
      party.isRunning = true
      return {
        post: (message) => receive(party, message),
        listen: (listener) => {
          party.receive = listener
          flush(party)
        },
      }
    },
    close: (key, outputs) => {
      const party = parties.get(key)
      if (party === undefined) return
      parties.delete(key)
      party.isRunning = false
      for (const edge of [...party.inputs]) detach(edge)
      for (const edge of [...party.outputs]) endEdge(edge, outputs)
    },
    hold: (key) => void (partyOf(key).isHeld = true),
    release: (key) => {
      const party = partyOf(key)
      party.isHeld = false
      flush(party)
    },
    isRunning: (key) => parties.get(key)?.isRunning === true,
    running: () => parties.keys(),
    flow: (from, port) => {
      const taken = [...(parties.get(from)?.outputs ?? [])].filter((edge) => edge.port === port && isParty(edge.to))
      const [most] = taken.sort((a, b) => b.relayed - a.relayed)
      return most === undefined ? undefined : { elements: most.relayed, bytes: most.bytes }
    },
    connect: (from, port, to) => ({ live: makeEdge(partyOf(from), port, partyOf(to), { credit, policy: "block", fromStart: true }).id, credit }),
    watch: (from, port, policy, watcher) => {
      const party = parties.get(from)
      if (party?.isRunning !== true) return undefined
      const edge = makeEdge(party, port, watcher, { credit: policy === "block" ? credit : { items: 1, bytes: credit.bytes }, policy, fromStart: false })
      edge.isReady = true
      attach(edge)
      return {
        taken: (items, bytes) => receive(party, { type: "taken", edge: edge.id, items, bytes }),
        leave: () => {
          if (edges.has(edge.id)) detach(edge)
        },
      }
    },
  }
}
