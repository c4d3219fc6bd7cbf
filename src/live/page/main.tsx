/** Where the page begins. */
import { createRoot } from "react-dom/client"
import { must } from "../../base/assert.ts"
import "./style/theme.css"
import { App } from "./app.tsx"
import { browserSurroundings } from "./connection/browser.ts"
import { connect } from "./connection/connection.ts"
import { LiveProvider } from "./connection/use-live.tsx"
import { applyTheme } from "./style/theme-choice.ts"

applyTheme()
const connection = connect(browserSurroundings(location))
addEventListener("online", connection.retry)
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && connection.retry())
const place = must(document.getElementById("page"), "the element the page is drawn in")
/** A fault of the page itself: said, instead of a blank window. React has taken down what it drew. */
const onUncaughtError = (error: unknown): void => {
  const text = document.createElement("pre")
  text.textContent = `This page has failed; the experiment goes on. Load the page again.\n\n${error instanceof Error ? error.stack ?? error.message : String(error)}`
  document.body.append(text)
}
createRoot(place, { onUncaughtError }).render(<LiveProvider connection={connection}><App /></LiveProvider>)
