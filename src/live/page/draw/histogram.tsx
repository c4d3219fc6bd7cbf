/** How the values of a tensor are spread: bars over equal bins. */
import { count, figure } from "./format.ts"

interface Props {
  /** Of equal bins from `low` to `high`. */
  readonly counts: readonly number[]
  readonly low: number
  readonly high: number
  readonly label: string
}

const width = 320
const height = 64

export const Histogram = ({ counts, low, high, label }: Props) => {
  const most = Math.max(1, ...counts)
  const step = width / Math.max(1, counts.length)
  const total = counts.reduce((sum, n) => sum + n, 0)
  return (
    <figure className="histogram">
      <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" role="img" aria-label={`${label}: histogram of ${count(total, "value")} from ${figure(low)} to ${figure(high)}`}>
        {counts.map((n, i) => (
          <rect key={i} x={i * step} width={Math.max(0.5, step - 1)} y={height - (n / most) * height} height={(n / most) * height}>
            <title>{`${figure(low + ((high - low) * i) / counts.length, 3)} to ${figure(low + ((high - low) * (i + 1)) / counts.length, 3)}: ${n}`}</title>
          </rect>
        ))}
      </svg>
      <figcaption className="ends soft"><span>{figure(low, 3)}</span><span>{figure(high, 3)}</span></figcaption>
    </figure>
  )
}
