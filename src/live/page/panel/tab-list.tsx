/** Tabs as the ARIA practices have them: one stop for Tab, arrows between them. */
import type { KeyboardEvent } from "react"

interface Props<T extends string> {
  readonly tabs: readonly (readonly [id: T, name: string])[]
  readonly selected: T
  readonly label: string
  readonly onSelect: (tab: T) => void
}

export const TabList = <T extends string>({ tabs, selected, label, onSelect }: Props<T>) => {
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>): void => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0
    const next = tabs[(tabs.findIndex(([id]) => id === selected) + step + tabs.length) % tabs.length]
    if (step === 0 || next === undefined) return
    event.preventDefault()
    onSelect(next[0])
    event.currentTarget.querySelector<HTMLElement>(`[data-tab="${next[0]}"]`)?.focus()
  }
  return (
    <div className="tabs" role="tablist" aria-label={label} onKeyDown={onKeyDown}>
      {tabs.map(([id, name]) => (
        <button key={id} className="quiet" role="tab" data-tab={id} aria-selected={id === selected} tabIndex={id === selected ? 0 : -1} onClick={() => onSelect(id)}>{name}</button>
      ))}
    </div>
  )
}
