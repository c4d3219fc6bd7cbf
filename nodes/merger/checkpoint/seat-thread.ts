/** What runs in another thread of a merge (`seat-threads.ts` starts it): its part of the work, when it is told what the work is. SPEC F7. */
import { messageOf } from "#src"
import { parentPort, type MessagePort } from "node:worker_threads"
import { runSeat, type SeatWork } from "./seat.ts"

const port = parentPort as MessagePort
port.once("message", (work: SeatWork) => {
  runSeat(work, () => undefined).then(
    (measured) => port.postMessage({ measured }),
    (error: unknown) => port.postMessage({ failure: messageOf(error) }),
  )
})
