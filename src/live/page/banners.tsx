/** What the reader must know at once: the connection, the file, the changes that do not fit it any more. */
import type { ReactNode } from "react"
import { useConnection, useLive, useSeen } from "./connection/use-live.tsx"
import { Warning } from "./controls/icons.tsx"

export const Banners = () => (
  <div className="banners">
    <LinkBanner />
    <FileBanner />
  </div>
)

const LinkBanner = () => {
  const connection = useConnection()
  const link = useSeen((seen) => seen.link)
  switch (link) {
    case "lost":
      return <Banner tone="warn" action={<button onClick={connection.retry}>Try now</button>}><b>Connection lost.</b> The experiment goes on; what is shown is from before, and the page comes back by itself.</Banner>
    case "refused":
      return <Banner tone="bad"><b>The server does not let this page in.</b> Open the address that <code>cambium live</code> printed; its token may have changed.</Banner>
    case "outdated":
      return <Banner tone="warn" action={<button onClick={() => location.reload()}>Load again</button>}><b>The server is of another version.</b> Load the page again.</Banner>
    default:
      return null
  }
}

const FileBanner = () => {
  const { file, problems } = useLive((state) => state.file)
  if (problems.length === 0) return null
  return (
    <Banner tone="bad">
      <b>{`${file} cannot be used as it is; the last good graph goes on.`}</b>
      <ul className="problems">
        {problems.map((problem, i) => (
          <li key={i}>
            {problem.line !== null && <code>{`${problem.file ?? file}:${problem.line}${problem.column === null ? "" : `:${problem.column}`}`}</code>}
            <span>{problem.message}</span>
          </li>
        ))}
      </ul>
    </Banner>
  )
}

const Banner = ({ tone, action, children }: { readonly tone: "warn" | "bad"; readonly action?: ReactNode; readonly children: ReactNode }) => (
  <div className={`banner ${tone}`} role="alert"><Warning /><div>{children}</div>{action}</div>
)
