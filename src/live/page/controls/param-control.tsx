/**
 * The control of one param, of the kind its knob says: slider with exact entry, choice, switch, text, seed with dice.
 * While a slider is dragged every frame's newest value is sent, and none is queued; what the server says is shown as soon
 * as the hand has left the control.
 */
import { useEffect, useId, useRef, useState, type ReactNode } from "react"
import type { Json } from "../../../base/json.ts"
import { figure } from "../draw/format.ts"
import { Dice } from "./icons.tsx"
import { parseText, shownText, type ControlKind } from "./param-text.ts"

interface Props {
  readonly name: string
  readonly kind: ControlKind
  readonly value: unknown
  readonly doc: string
  /** What is wrong with the last value, in the server's words. */
  readonly fault?: string | undefined
  readonly disabled?: boolean
  /** What to say of a value that is typed and not sent yet. */
  readonly foresee?: (value: Json) => ReactNode
  /** `gesture` is one for all the values of one drag, so that undoing takes back the whole drag. */
  readonly onSet: (value: Json, gesture: string) => void
}

export const ParamControl = ({ name, kind, value, doc, fault, disabled = false, foresee, onSet }: Props) => {
  const id = useId()
  const [draft, setDraft] = useState<{ readonly value: Json } | undefined>(undefined)
  const set = (next: Json): void => onSet(next, `${id}${performance.now()}`)
  return (
    <div className="param">
      <label htmlFor={id} title={doc}>{name}</label>
      <Entry id={id} name={name} kind={kind} value={value} invalid={fault !== undefined} disabled={disabled} onSet={set} onDrag={onSet} onDraft={setDraft} />
      {draft !== undefined && foresee?.(draft.value)}
      {fault !== undefined && <p className="fault" role="alert">{fault}</p>}
    </div>
  )
}

interface EntryProps {
  readonly id: string
  readonly name: string
  readonly kind: ControlKind
  readonly value: unknown
  readonly invalid: boolean
  readonly disabled: boolean
  readonly onSet: (value: Json) => void
  readonly onDrag: Props["onSet"]
  /** Of what is typed and not sent; undefined when there is none, or it is no value. */
  readonly onDraft: (draft: { readonly value: Json } | undefined) => void
}

const Entry = ({ id, name, kind, value, invalid, disabled, onSet, onDrag, onDraft }: EntryProps) => {
  switch (kind._tag) {
    case "switch":
      return <input id={id} type="checkbox" role="switch" checked={value === true} disabled={disabled} onChange={(event) => onSet(event.target.checked)} />
    case "choice":
      return (
        <select id={id} value={String(value)} disabled={disabled} onChange={(event) => onSet(event.target.value)}>
          {kind.options.map((option) => <option key={option}>{option}</option>)}
        </select>
      )
    case "slider":
      return (
        <div className="slider">
          <Slider id={id} kind={kind} value={Number(value)} disabled={disabled} onDrag={onDrag} />
          <TextEntry label={`${name}, exact value`} kind={kind} value={value} invalid={invalid} disabled={disabled} onSet={onSet} onDraft={onDraft} />
        </div>
      )
    case "seed":
      return (
        <div className="slider seed">
          <TextEntry id={id} kind={kind} value={value} invalid={invalid} disabled={disabled} onSet={onSet} onDraft={onDraft} />
          <button className="icon" disabled={disabled} title="Another seed" aria-label="Another seed" onClick={() => onSet(anySeed())}><Dice /></button>
        </div>
      )
    case "text":
      return <TextEntry id={id} kind={kind} value={value} invalid={invalid} disabled={disabled} onSet={onSet} onDraft={onDraft} />
  }
}

const anySeed = (): number => (crypto.getRandomValues(new Uint32Array(1))[0] as number) % 1_000_000

const Slider = ({ id, kind, value, disabled, onDrag }: { readonly id: string; readonly kind: ControlKind & { readonly _tag: "slider" }; readonly value: number; readonly disabled: boolean; readonly onDrag: Props["onSet"] }) => {
  const [held, setHeld] = useState<number | undefined>(undefined)
  const gesture = useRef<string | undefined>(undefined)
  const waiting = useRef<{ readonly value: number; readonly gesture: string } | undefined>(undefined)
  const send = (next: number): void => {
    gesture.current ??= `${id}${performance.now()}`
    setHeld(next)
    if (waiting.current === undefined) requestAnimationFrame(tell)
    waiting.current = { value: next, gesture: gesture.current }
  }
  const tell = (): void => {
    const newest = waiting.current
    waiting.current = undefined
    if (newest !== undefined) onDrag(newest.value, newest.gesture)
  }
  /** Where the hand let go is told before anything that is done next. */
  const release = (): void => {
    tell()
    gesture.current = undefined
    setHeld(undefined)
  }
  // The value on the wire may be one behind the hand; once both agree, the server's counts again.
  useEffect(() => {
    if (held !== undefined && gesture.current === undefined && held === value) setHeld(undefined)
  }, [held, value])
  return (
    <input
      id={id} type="range" min={kind.min} max={kind.max} step={kind.step} value={held ?? value} disabled={disabled}
      aria-valuetext={figure(held ?? value)}
      onChange={(event) => send(Number(event.target.value))}
      onPointerUp={release} onKeyUp={release} onBlur={release}
    />
  )
}

interface TextProps {
  readonly id?: string
  readonly label?: string
  readonly kind: ControlKind
  readonly value: unknown
  readonly invalid: boolean
  readonly disabled: boolean
  readonly onSet: (value: Json) => void
  readonly onDraft: EntryProps["onDraft"]
}

/** Sent on Enter or when the focus leaves; Escape takes the text back. */
const TextEntry = ({ id, label, kind, value, invalid, disabled, onSet, onDraft }: TextProps) => {
  const [text, setText] = useState<string | undefined>(undefined)
  const parsed = text === undefined ? undefined : parseText(kind, text, value)
  const commit = (): void => {
    if (text !== undefined && parsed !== undefined && shownText(parsed.value) !== shownText(value)) onSet(parsed.value)
    draft(undefined)
  }
  const draft = (next: string | undefined): void => {
    setText(next)
    const changed = next === undefined || next === shownText(value) ? undefined : parseText(kind, next, value)
    onDraft(changed === undefined ? undefined : { value: changed.value })
  }
  return (
    <input
      id={id} type="text" className={kind._tag === "slider" || kind._tag === "seed" ? "exact" : "wide"} value={text ?? shownText(value)} disabled={disabled}
      aria-label={label} aria-invalid={invalid || (text !== undefined && parsed === undefined)}
      inputMode={kind._tag === "slider" || kind._tag === "seed" ? "decimal" : "text"} spellCheck={false} autoComplete="off"
      onChange={(event) => draft(event.target.value)} onBlur={commit}
      onKeyDown={(event) => {
        if (event.key === "Enter") commit()
        if (event.key === "Escape") draft(undefined)
      }}
    />
  )
}
