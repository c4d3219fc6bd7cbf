/** Models of different vocabularies: the tokenizer that comes out, and which row of whose embedding stands where. */
import { Tokenizer } from "@huggingface/tokenizers"
import * as E from "fp-ts/lib/Either.js"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { firstValueFrom } from "rxjs"
import { describe, expect, it, vi } from "vitest"
import { ndarray } from "../../../../src/base/ndarray.ts"
import { buildGraph, makeEngine, makeInlineTransport, memoryStore, systemClock } from "../../../../src/index.ts"
import { fromMergekit } from "../../../../nodes/merger/mergekit/from-mergekit.ts"
import { mergeCommand } from "../../../../tools/command/merge.ts"
import { testFolder, writeAt } from "../../../src/checkpoint/made-files.ts"
import { execute, planned, problems, readMerged, writeModel } from "../checkpoint/made-models.ts"

const folder = testFolder()

/** Row r of the embedding is `from + r` twice, the head's the negative. */
const make = (name: string, from: number, rows: number, tokenizer?: object): void => {
  const values = (sign: number) => ndarray("f32", [rows, 2], Float32Array.from({ length: 2 * rows }, (_, k) => sign * (from + (k >> 1))))
  const path = writeModel(join(folder, name), { "model.embed_tokens.weight": values(1), "model.layers.0.w": ndarray("f32", [1], Float32Array.of(from)), "lm_head.weight": values(-1) })
  if (tokenizer === undefined) return
  writeAt(join(path, "tokenizer.json"), { version: "1.0", truncation: null, padding: null, normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null, ...tokenizer })
  writeAt(join(path, "tokenizer_config.json"), { tokenizer_class: "PreTrainedTokenizerFast", added_tokens_decoder: {} })
  writeAt(join(path, "vocab.json"), {})
}
const bpe = (tokens: readonly string[], merges: readonly string[], added: readonly string[] = []) => ({
  added_tokens: added.map((content, i) => ({ id: tokens.length + i, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true })),
  model: { type: "BPE", dropout: null, unk_token: null, fuse_unk: false, byte_fallback: false, vocab: Object.fromEntries(tokens.map((token, id) => [token, id])), merges },
})
// Row 5 of a's embedding is nobody's: padding.
make("a", 10, 6, bpe(["x", "y", "z", "xy"], ["x y"], ["<s>"]))
make("b", 100, 5, bpe(["y", "x", "w", "yw"], ["y w"], ["<e>"]))
make("c", 1000, 1, bpe(["z"], []))
make("short", 10, 3, bpe(["x", "y", "z", "xy"], []))
make("bare", 10, 4)
make("pieces", 10, 2, { added_tokens: [], model: { type: "Unigram", unk_id: 0, vocab: [["u", 0], ["x", -1]] } })

const linear = (models: readonly string[], tokenizer: string) =>
  `merge_method: linear\nmodels: [${models.map((model) => `{model: ${model}, parameters: {weight: 1}}`).join(", ")}]\n${tokenizer}\n`

/** The first column of the merged embedding, which the head's must be the negative of. */
const rowsOf = async (yaml: string, options: { readonly compat?: boolean } = {}): Promise<readonly number[]> => {
  const out = join(folder, "out")
  const plan = planned(yaml, { folder, ...options })
  expect(await execute(plan, out)).toBe("done")
  const merged = readMerged(out)
  const [rows, head] = ["model.embed_tokens.weight", "lm_head.weight"].map((name) => [...(merged[name]!.data as Float32Array)].filter((_, k) => k % 2 === 0)) as [number[], number[]]
  expect(head.map((x) => 0 - x)).toEqual(rows)
  expect(JSON.parse(readFileSync(join(out, "config.json"), "utf8"))).toMatchObject({ vocab_size: rows.length })
  return rows
}

describe("rows of embeddings", () => {
  it("[F10] of a union: the first model's tokens keep their rows, others follow; who has not a token takes it from who has", async () => {
    expect(await rowsOf(linear(["a", "b"], "tokenizer: {source: union}"))).toEqual([(10 + 101) / 2, (11 + 100) / 2, 12, 13, 14, 102, 103, 104])
    expect(planned(linear(["a", "b"], "tokenizer: {source: union}"), { folder }).vocabulary).toEqual({
      tokens: 8,
      rows: 8,
      models: [{ model: "a", own: 5, filled: 3, zeros: 0, lost: 0 }, { model: "b", own: 5, filled: 3, zeros: 0, lost: 0 }],
    })
  })

  it("[F10] a token of several models but not of all has their mean in the others; with a base that has it, the base's row", async () => {
    // x is 10 in a, 101 in b, and their mean in c.
    expect((await rowsOf(linear(["a", "b", "c"], "tokenizer_source: union")))[0]).toBeCloseTo((10 + 101 + 55.5) / 3, 5)
    const based = "merge_method: task_arithmetic\nbase_model: a\nmodels: [{model: b, parameters: {weight: 1}}, {model: c, parameters: {weight: 1}}]\ntokenizer_source: union\n"
    // In c x is a's 10: no difference to add. z is 12 in a and so in b, 1000 in c.
    expect((await rowsOf(based)).slice(0, 3)).toEqual([101, 100, 1000])
  })

  it("[F10] of the base, or of one model: tokens of others go; rows without a token stay the chosen model's", async () => {
    const yaml = linear(["a", "b"], "tokenizer_source: base")
    expect(await rowsOf(yaml)).toEqual([55.5, 55.5, 12, 13, 14, 15])
    expect(planned(yaml, { folder }).vocabulary?.models[1]).toEqual({ model: "b", own: 2, filled: 4, zeros: 0, lost: 3 })
    expect(await rowsOf(linear(["a", "b"], "tokenizer: {source: b}"))).toEqual([55.5, 55.5, 102, 103, 104])
  })

  it("[F10] with compat rows without a token go, as in mergekit", async () => {
    expect(await rowsOf(linear(["a", "b"], "tokenizer_source: base"), { compat: true })).toEqual([55.5, 55.5, 12, 13, 14])
  })

  it("[F10] counted by cambium merge --plan, in words and as a line of JSON", async () => {
    const config = writeAt(join(folder, "plan.yml"), linear(["a", "b"], "tokenizer: {source: base}"))
    make("one", 10, 1, bpe(["x"], []))
    make("two", 20, 2, bpe(["x", "y"], []))
    const single = writeAt(join(folder, "single.yml"), linear(["one", "two"], "tokenizer: {source: base}"))
    const told: string[] = []
    const log = vi.spyOn(console, "log").mockImplementation((text: string) => void told.push(text))
    try {
      for (const [of, ...json] of [[config], [config, "--json"], [single]] as const) expect(await mergeCommand([of, join(folder, "planned"), "--plan", ...json])).toBe(0)
    } finally {
      log.mockRestore()
    }
    const { vocabulary } = planned(linear(["a", "b"], "tokenizer: {source: base}"), { folder })
    expect(told[0]).toContain("  vocabulary of 5 tokens in 6 rows\n    a: 6 rows of its own, 0 filled from others, 0 of zeros\n    b: ")
    expect(told[0]).toMatch(/b: 2 rows of its own, 4 filled from others, 0 of zeros; 3 of its tokens go$/)
    expect(JSON.parse(told[1] as string)).toMatchObject({ event: "plan", vocabulary })
    expect(told[2]).toContain("  vocabulary of 1 token in 1 row\n    one: 1 row of its own, 0 filled from others, 0 of zeros\n    two: 1 row of its own, 0 filled from others, 0 of zeros; 1 of its tokens goes")
    expect(existsSync(join(folder, "planned"))).toBe(false)
  })

  it("[F10] single tokens: from a model, of another token, zeros, forced also on who has it; what nobody has is added", async () => {
    const rules = "tokenizer: {source: union, tokens: {x: {source: b, force: true}, z: {source: {kind: zero}, force: true}, <e>: {source: {kind: model_token, model: b, token_id: 0}}, new: {source: {kind: model_token, model: a, token: y}}}, pad_to_multiple_of: 8}"
    expect(await rowsOf(linear(["a", "b"], rules))).toEqual([101, 55.5, 0, 13, 14, 102, 103, (100 + 104) / 2, 11, 0, 0, 0, 0, 0, 0, 0])
  })
})

describe("the tokenizer that comes out", () => {
  const tokenizerOf = (yaml: string): { readonly json: { readonly added_tokens: readonly { content: string }[] }; readonly encode: (text: string) => readonly number[]; readonly config: object } => {
    const { beside } = planned(yaml, { folder })
    const textOf = (name: string): string => {
      const file = beside[name] as { text: string } | { copyOf: string }
      return "text" in file ? file.text : readFileSync(file.copyOf, "utf8")
    }
    const [json, config] = [JSON.parse(textOf("tokenizer.json")), JSON.parse(textOf("tokenizer_config.json"))]
    const made = new Tokenizer(json, config)
    return { json, config, encode: (text) => made.encode(text, { add_special_tokens: false }).ids }
  }

  it("[F10] joins what the first model's joins as that did, and what only others join as they did", () => {
    const { encode, json, config } = tokenizerOf(linear(["a", "b"], "tokenizer_source: union"))
    expect([encode("xy"), encode("yw"), encode("xyw"), encode("<s>z<e>")]).toEqual([[3], [6], [3, 5], [4, 2, 7]])
    expect(json.added_tokens.map(({ content }) => content)).toEqual(["<s>", "<e>"])
    expect(config).toMatchObject({ added_tokens_decoder: { 7: { content: "<e>", special: true } } })
  })

  it("[F10] of Unigram is a list with every row in it", () => {
    make("more-pieces", 10, 4, { added_tokens: [{ id: 3, content: "<e>", special: true }], model: { type: "Unigram", unk_id: 0, vocab: [["u", 0], ["x", -1], ["y", -2]] } })
    const { json } = tokenizerOf(linear(["pieces", "more-pieces"], "tokenizer_source: union"))
    expect(json).toMatchObject({ model: { vocab: [["u", 0], ["x", -1], ["y", -2]] }, added_tokens: [{ id: 3, content: "<e>" }] })
  })

  it("[F10] has no files of older formats that say something else, unless it is one model's", () => {
    const files = (tokenizer: string) => Object.keys(planned(linear(["a", "b"], tokenizer), { folder }).beside).sort()
    expect(files("tokenizer_source: union")).toEqual(["config.json", "tokenizer.json", "tokenizer_config.json"])
    expect(files("tokenizer_source: base")).toContain("vocab.json")
  })
})

describe("what does not fit is told before anything is read", () => {
  it.each([
    [["a", "short"], "tokenizer_source: union", /^merge\.yml:3:19: tokenizer_source: expected a row of the embedding for every token of short, got "xy" with row 3 of 3$/],
    [["a", "bare"], "tokenizer_source: union", /^merge\.yml:3:19: tokenizer_source: expected a tokenizer\.json in bare, got ENOENT/],
    [["a", "pieces"], "tokenizer_source: union", /^merge\.yml:3:19: tokenizer_source: expected tokenizers of one type for a union: BPE in a, got Unigram in pieces$/],
    [["a", "b"], "tokenizer: {source: union, tokens: {x: {source: c}}}", /tokens\.x\.source: expected one of the models that are merged: a, b, got c$/],
    [["a", "b"], "tokenizer: {source: union, tokens: {w: {source: a}}}", /tokens\.w\.source: expected a token that a has, got "w"$/],
    [["a", "b"], "tokenizer: {source: union, tokens: {w: {source: {kind: model_token, model: a, token_id: 6}}}}", /tokens\.w\.source: expected a row below the 6 of a, got 6$/],
  ])("[F10] %j %s", (models, tokenizer, message) => {
    expect(problems(linear(models, tokenizer), { folder })).toEqual([expect.stringMatching(message)])
  })

  it("[F10] with compat a token without a row is one the model has not, and a model without a tokenizer has the base's", async () => {
    expect((await rowsOf(linear(["a", "short"], "tokenizer_source: union"), { compat: true })).slice(2, 4)).toEqual([12, 13])
    expect(await rowsOf(linear(["c", "bare"], "tokenizer_source: base"), { compat: true })).toEqual([(1000 + 10) / 2])
  })
})

describe("the chat template", () => {
  for (const [name, template] of [["speaks", "{{ one }}"], ["also", "{{ two }}"], ["too", "{{ two }}"]] as const) {
    make(name, 10, 1, bpe(["z"], []))
    writeAt(join(folder, name, "tokenizer_config.json"), { tokenizer_class: "T", chat_template: template })
  }
  const spoken = (choice: string, models = ["speaks", "also", "too"]) => {
    const { beside } = planned(linear(models, `chat_template: ${choice}`), { folder })
    const config = beside["tokenizer_config.json"]
    return [(beside["chat_template.jinja"] as { text: string } | undefined)?.text, config !== undefined && "text" in config ? JSON.parse(config.text) : undefined]
  }

  it("[F10] is the most frequent one, a format's, or the one that is given; the rest of the tokenizer's configuration stays", () => {
    expect(spoken("auto")).toEqual(["{{ two }}", { tokenizer_class: "T", chat_template: "{{ two }}" }])
    expect(spoken("auto", ["speaks", "also"])[0]).toBe("{{ one }}")
    expect(spoken("auto", ["c"])[0]).toBeUndefined()
    expect(spoken('"{{ mine }}"')[0]).toBe("{{ mine }}")
    expect(spoken("chatml")[0]).toContain("<|im_start|>assistant")
    expect(problems(linear(["speaks", "also"], "chat_template: chatlm"), { folder })).toEqual([expect.stringMatching(/chat_template: expected auto, chatml, alpaca, llama3, or a template in Jinja, got chatlm$/)])
  })
})

it("[F10] a graph of a configuration with a tokenizer has a node that shows the rows", async () => {
  const file = fromMergekit(linear(["a", "b"], "tokenizer_source: union"), { file: join(folder, "merge.yml"), out: join(folder, "graph") })
  if (E.isLeft(file)) throw new Error(file.left.join("\n"))
  const built = buildGraph(file.right)
  if (E.isLeft(built)) throw new Error("no graph")
  const store = memoryStore(systemClock)
  const engine = makeEngine({ store, clock: systemClock, seed: 0, transport: makeInlineTransport({ blobs: store.blobs, clock: systemClock }), deviceFamily: async () => "", codeVersion: async () => "1" })
  try {
    engine.commit(built.right)
    expect(await engine.settle()).toMatchObject({ failed: 0, blocked: 0 })
    expect(existsSync(join(folder, "graph", "model.safetensors"))).toBe(true)
    const tokens = (await firstValueFrom(engine.value$("merge/vocabulary", "tokens"))) as { readonly columns: readonly string[]; readonly rows: readonly unknown[] }
    expect(tokens.columns).toEqual(["token", "row", "a", "b"])
    expect(tokens.rows.slice(0, 2)).toEqual([['"z"', 2, "row 2", "a row 2"], ['"xy"', 3, "row 3", "a row 3"]])
    const maps = (await firstValueFrom(engine.value$("merge/vocabulary", "maps"))) as { readonly tensors: { readonly [model: string]: { readonly data: Int32Array } } }
    expect([...maps.tensors["b"]!.data]).toEqual([1, 0, -1, -1, -1, 2, 3, 4])
  } finally {
    await engine.close()
  }
})
