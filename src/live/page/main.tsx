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
createRoot(must(document.getElementById("page"), "the element the page is drawn in")).render(<LiveProvider connection={connection}><App /></LiveProvider>)
