/** The page's icons, 16 × 16 strokes in the colour of the text. They say nothing to a screen reader: what they are on does. */
import type { ReactNode } from "react"

const icon = (path: ReactNode) => () => (
  <svg width="16" height="16" viewBox="0 0 16 16" fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round" aria-hidden="true">{path}</svg>
)

export const Undo = icon(<path d="M3 6h6.5a3.5 3.5 0 0 1 0 7H6M3 6l3-3M3 6l3 3" />)
export const Redo = icon(<path d="M13 6H6.5a3.5 3.5 0 0 0 0 7H10M13 6l-3-3M13 6l-3 3" />)
export const Pause = icon(<path d="M5.5 3.5v9M10.5 3.5v9" />)
export const Play = icon(<path d="M5 3.2v9.6L12.5 8z" />)
export const Stop = icon(<rect x="4" y="4" width="8" height="8" rx="1" />)
export const Search = icon(<><circle cx="7" cy="7" r="4" /><path d="M10 10l3.5 3.5" /></>)
export const Sun = icon(<><circle cx="8" cy="8" r="2.8" /><path d="M8 1.5v1.6M8 12.9v1.6M1.5 8h1.6M12.9 8h1.6M3.4 3.4l1.1 1.1M11.5 11.5l1.1 1.1M3.4 12.6l1.1-1.1M11.5 4.5l1.1-1.1" /></>)
export const Moon = icon(<path d="M13.2 9.6A5.6 5.6 0 0 1 6.4 2.8a5.6 5.6 0 1 0 6.8 6.8z" />)
export const Share = icon(<path d="M8 9.5V2M5.2 4.5L8 1.8l2.8 2.7M3 8.5V13h10V8.5" />)
export const Compare = icon(<path d="M2.5 3h4.2v10H2.5zM9.3 3h4.2v10H9.3z" />)
export const Close = icon(<path d="M4 4l8 8M12 4l-8 8" />)
export const Plus = icon(<path d="M8 3v10M3 8h10" />)
export const Minus = icon(<path d="M3 8h10" />)
export const Fit = icon(<path d="M2.5 5.5v-3h3M10.5 2.5h3v3M13.5 10.5v3h-3M5.5 13.5h-3v-3" />)
export const Chevron = icon(<path d="M6 4l4 4-4 4" />)
export const Dice = icon(<><rect x="2.5" y="2.5" width="11" height="11" rx="2.5" /><path d="M5.5 5.5h.01M10.5 5.5h.01M8 8h.01M5.5 10.5h.01M10.5 10.5h.01" strokeWidth="2" /></>)
export const Pin = icon(<path d="M6 2.5h4l-.6 4 2.1 2.5h-7l2.1-2.5zM8 9v4.5" />)
export const Again = icon(<path d="M12.8 8A4.8 4.8 0 1 1 11 4.3M11.2 1.8v2.8H8.4" />)
export const Gate = icon(<path d="M3 13V5.5a5 5 0 0 1 10 0V13M3 13h10M8 8v5" />)
export const Power = icon(<path d="M8 2v5.5M4.6 4.4a4.8 4.8 0 1 0 6.8 0" />)
export const Panel = icon(<><rect x="2" y="3" width="12" height="10" rx="1.5" /><path d="M6 3v10" /></>)
export const Warning = icon(<path d="M8 2.2l6 11H2zM8 6.5v3M8 11.4h.01" />)
