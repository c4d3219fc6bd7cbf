/** A value drawn by its view: curves, metrics, texts, tables, pictures, tensors, JSON. */
import type { ValueView } from "../../protocol/question.ts"
import { count, figure } from "../draw/format.ts"
import { Pixels } from "../draw/pixels.tsx"
import { CurveView } from "./curve-view.tsx"
import { TensorList } from "./tensor-list.tsx"

interface Props {
  readonly value: ValueView
  /** Where it came from: tensors are asked about one at a time. */
  readonly node: string
  readonly port: string
}

export const ValueOf = ({ value, node, port }: Props) => {
  switch (value._tag) {
    case "curve":
      return <CurveView curve={value.value} node={node} live={value.live} />
    case "metric":
      return (
        <table>
          <caption>{`${value.value.title} (${value.value.better} is better)`}</caption>
          <tbody>{Object.entries(value.value.values).map(([column, x]) => <tr key={column}><th scope="row">{column}</th><td className="number">{figure(x, 6)}</td></tr>)}</tbody>
        </table>
      )
    case "sample":
      return (
        <figure className="samples">
          <figcaption>{value.value.title}</figcaption>
          {value.value.samples.map(({ locale, prompt, text }, i) => (
            <blockquote key={i} {...(locale === "" ? {} : { lang: locale })}>{locale !== "" && <span className="badge">{locale}</span>} <span className="soft">{prompt}</span>{text}</blockquote>
          ))}
        </figure>
      )
    case "table":
      return (
        <figure>
          <figcaption>{value.value.title}</figcaption>
          <div className="scroll" tabIndex={0} role="region" aria-label={value.value.title}>
            <table>
              <thead><tr>{value.value.columns.map((column, j) => <th key={column} scope="col" className={typeof value.value.rows[0]?.[j] === "number" ? "number" : ""}>{column}</th>)}</tr></thead>
              <tbody>{value.value.rows.map((row, i) => <tr key={i}>{row.map((cell, j) => <td key={j} className={typeof cell === "number" ? "number" : ""}>{typeof cell === "number" ? figure(cell) : cell}</td>)}</tr>)}</tbody>
            </table>
          </div>
        </figure>
      )
    case "picture":
      return (
        <figure className="pictures">
          <figcaption>{value.title}{value.shown < value.total && <span className="soft">{` · ${value.shown} of ${value.total}`}</span>}</figcaption>
          <ul>
            {Array.from({ length: value.shown }, (_, i) => (
              <li key={i}><Pixels width={value.width} height={value.height} channels={value.channels} pixels={value.pixels} index={i} label={value.captions[i] ?? `image ${i + 1}`} /><small>{value.captions[i]}</small></li>
            ))}
          </ul>
        </figure>
      )
    case "tensors":
      return (
        <>
          <p className="soft">{count(value.tensors.length, "tensor")}</p>
          {!["", "{}", "null"].includes(value.meta) && <details><summary>Description</summary><pre>{value.meta}</pre></details>}
          <TensorList tensors={value.tensors} node={node} port={port} />
        </>
      )
    case "json":
      return <><pre className="json">{value.text}</pre>{value.isCut && <p className="soft">Cut here; the whole is in the store.</p>}</>
    case "none":
      return <p className="empty-state">{value.reason}</p>
  }
}
