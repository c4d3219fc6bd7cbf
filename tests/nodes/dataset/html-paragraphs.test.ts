import { describe, expect, it } from "vitest"
import { cleanText, isTranslated } from "../../../nodes/dataset/clean-text.ts"
import { decodeEntities, htmlParagraphs } from "../../../nodes/dataset/html-paragraphs.ts"

describe("html paragraphs", () => {
  it("ends a paragraph at block elements and keeps inline elements inside it", () => {
    const html = "<h1>Title</h1><p>One <b>bold</b>, two.</p><ul><li>a</li><li>b</li></ul>tail"
    expect(htmlParagraphs(html)).toEqual(["Title", "One bold, two.", "a", "b", "tail"])
  })

  it("leaves out comments, scripts, styles and preformatted code", () => {
    expect(htmlParagraphs("<!-- a > b --><script>x < y</script><style>p{}</style><p>text</p><pre>code()</pre>")).toEqual(["text"])
  })

  it("reads attribute values that hold an angle bracket", () => {
    expect(htmlParagraphs('<p title="a > b">inside</p>')).toEqual(["inside"])
  })

  it("decodes entities once and leaves unknown names alone", () => {
    expect(htmlParagraphs("<p>a &lt;b&gt; &amp;lt; &#47;&#x4e2d;&nbsp;&bogus;</p>")).toEqual(["a <b> &lt; /中 &bogus;"])
    expect(decodeEntities("&#xd800;&#x110000;")).toBe("\ufffd\ufffd")
  })

  it("cleans to NFC, single spaces and no invisible characters", () => {
    expect(cleanText(" a\u00a0\n b\u200b\u00ad c\u2011d e\u0301 ")).toBe("a b c-d é")
  })

  it("tells prose that was left in English from a translation", () => {
    const cases = [["ru", "Reset Filter"], ["ru", "Фильтр X"], ["zh", "CSV"], ["en", "CSV"]] as const
    expect(cases.map(([locale, text]) => isTranslated(locale, text))).toEqual([false, true, false, true])
  })
})
