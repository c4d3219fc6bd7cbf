/** Question sets: made from dictionaries and quizzes, and read from files as they are published. */
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as E from "fp-ts/lib/Either.js"
import { afterAll, describe, expect, it } from "vitest"
import { random } from "#src"
import { parseCsv } from "../../../../nodes/dataset/question/csv.ts"
import { parseQuestions } from "../../../../nodes/dataset/question/published.ts"
import { analogyQuestions, plainAnswer, quizQuestions } from "../../../../nodes/dataset/question/quiz.ts"
import { parseEntries, wordnetQuestions } from "../../../../nodes/dataset/question/wordnet.ts"
import { questionFile, questionSet } from "../../../../nodes/dataset/question-set.ts"
import { scratchFolder } from "../../../support/command.ts"
import { resultOf, runContext } from "../run-context.ts"

const folder = scratchFolder()
afterAll(folder.remove)

const animals = ["dog", "cat", "owl", "cow", "hen", "fox"]
const database = `  1 This software and database\n${animals.map((name, i) => `0000174${i} 05 n 02 ${name} 0 old_${name} 0 001 @ 00001740 n 0000 | animal number ${i}; "a sentence of it"  `).join("\n")}\n00009999 06 n 01 chair 0 000 | a thing to sit on  \n00009998 05 n 01 ant 0 000 | ant of the woods  \n`

describe("WordNet questions", () => {
  const entries = parseEntries(database, "noun")
  it("read words and gloss of an entry, without its examples", () => {
    expect(entries.length).toBe(8)
    expect(entries[1]).toEqual({ group: "noun/05", words: ["cat", "old cat"], gloss: "animal number 1" })
  })
  it("ask for the word, among words of the same file, once each; a gloss that gives it away is left out", () => {
    const found = wordnetQuestions(entries, 20, 4, random("w"))
    // Of the chair's file there are no wrong options; the ant's gloss has the word.
    expect(found.map(({ id }) => id).sort()).toEqual(animals.map((name) => `noun/05/${name}`).sort())
    for (const { prompt, options, answer, subject } of found) {
      expect([options.length, new Set(options).size, subject]).toEqual([4, 4, "noun"])
      expect(prompt).toBe(`animal number ${animals.indexOf(options[answer]!)}: `)
      for (const option of options) expect(animals).toContain(option)
    }
    expect(new Set(found.map(({ answer }) => answer)).size).toBeGreaterThan(1)
    expect(wordnetQuestions(entries, 20, 4, random("w"))).toEqual(found)
  })
})

describe("quiz questions", () => {
  it("read a field: optional parts, alternatives, choices inside", () => {
    expect(["{the }sparrow|wren", "{George{ W{.}} }Bush", "{I }[injure|thwart]"].map(plainAnswer)).toEqual(["the sparrow", "George W. Bush", "I injure"])
  })
  it("take wrong options from the topic, none of which is right too", () => {
    const found = quizQuestions("Mali:Bamako\nNiger:Nia\\\nmey\nChad:N'Djamena\nEgypt:Cairo\nMali:Timbuktu\n", "africa", 3, random("q"))
    expect(found.map(({ prompt, options, answer }) => [prompt, options[answer]])).toEqual([
      ["The capital of Mali is ", "Bamako"], ["The capital of Niger is ", "Niamey"], ["The capital of Chad is ", "N'Djamena"], ["The capital of Egypt is ", "Cairo"], ["The capital of Mali is ", "Timbuktu"],
    ])
    for (const { options, prompt } of found) {
      expect(new Set(options).size).toBe(3)
      if (prompt.includes("Mali")) expect(options.filter((option) => option === "Bamako" || option === "Timbuktu")).toHaveLength(1)
    }
    expect(quizQuestions("a:b\nc:d\n", "africa", 3, random("q"))).toEqual([])
  })
  it("read analogies that have options", () => {
    const xml = `<analogies><!-- <analogy> --><analogy><_question type = "MultipleOptions">A &amp; B?</_question><_answer>x</_answer><_answer correct ="yes">y</_answer></analogy><analogy><_question type = "QuestionAnswer">?</_question><_answer correct="yes">z</_answer></analogy></analogies>`
    expect(analogyQuestions(xml)).toEqual([{ id: "analogy/1", subject: "analogies", prompt: "A & B? ", options: ["x", "y"], answer: 1 }])
  })
})

describe("published questions", () => {
  const right = (format: Parameters<typeof parseQuestions>[0], text: string) => {
    const found = parseQuestions(format, text, "anatomy_test")
    if (E.isLeft(found)) throw new Error(found.left)
    return found.right
  }
  it("are MMLU's rows, with quotes, commas and line ends in cells", () => {
    expect(parseCsv('a,"b, ""c""\nd",\r\ne,,f')).toEqual([["a", 'b, "c"\nd', ""], ["e", "", "f"]])
    expect(right("mmlu", '"Which, of these?",one,two,three,four,C\nNext?,1,2,3,4,A\n')).toEqual([
      { id: "anatomy/1", subject: "anatomy", prompt: "Question: Which, of these?\nAnswer: ", options: ["one", "two", "three", "four"], answer: 2 },
      { id: "anatomy/2", subject: "anatomy", prompt: "Question: Next?\nAnswer: ", options: ["1", "2", "3", "4"], answer: 0 },
    ])
    expect(parseQuestions("mmlu", "q,1,2,3,4,A\nq,1,2,3,4,E\n", "x")).toEqual(E.left('row 2: expected a question, four options and a letter from A to D, got 6 cells that end in "E"'))
  })
  it("are the lines of ARC and of CommonsenseQA, whatever their labels", () => {
    const line = (labels: string, answerKey: string) => JSON.stringify({ id: "q1", answerKey, question: { stem: "Why?", question_concept: "w", choices: [...labels].map((label) => ({ label, text: `because ${label}` })) } })
    for (const format of ["arc", "commonsenseqa"] as const) {
      expect(right(format, `${line("ABCDE", "D")}\n${line("1234", "1")}\n`).map(({ options, answer }) => [options.length, options[answer]])).toEqual([[5, "because D"], [4, "because 1"]])
    }
    expect(parseQuestions("arc", `${line("ABC", "A")}\n${line("ABC", "D")}\n`, "x")).toEqual(E.left('line 2: the answer "D" is none of the choices A, B, C'))
    expect(parseQuestions("arc", "{}\n", "x")).toEqual(E.left(expect.stringContaining("line 1: expected { id, question:")))
  })
  it("are SQuAD's, with the answers about the same paragraph as options", () => {
    const qa = (id: string, ...answers: string[]) => ({ id, question: `${id}?`, is_impossible: answers.length === 0, answers: answers.map((text) => ({ text, answer_start: 0 })) })
    const text = JSON.stringify({ version: "v2.0", data: [{ title: "Rome", paragraphs: [{ context: "Long ago.", qas: [qa("when", "long ago", "ago"), qa("who", "Remus"), qa("how", "ago"), qa("why")] }, { context: "Alone.", qas: [qa("one", "alone")] }] }] })
    expect(right("squad", text)).toEqual([
      // "ago" is another wording of the first answer, so it is no wrong one.
      { id: "when", subject: "Rome", prompt: "Long ago.\nQuestion: when?\nAnswer: ", options: ["long ago", "Remus"], answer: 0 },
      { id: "who", subject: "Rome", prompt: "Long ago.\nQuestion: who?\nAnswer: ", options: ["long ago", "Remus", "ago"], answer: 1 },
      { id: "how", subject: "Rome", prompt: "Long ago.\nQuestion: how?\nAnswer: ", options: ["long ago", "Remus", "ago"], answer: 2 },
    ])
    expect(parseQuestions("squad", "[]", "x")).toEqual(E.left(expect.stringContaining("expected { data: [{ title")))
  })
})

describe("question nodes", () => {
  const set = async (params: Partial<Parameters<typeof questionSet.run>[1]>) =>
    (await resultOf(questionSet.run({}, { set: "wordnet", items: 5, options: 4, folder: folder.path, ...params }, runContext()))).questions
  it("read a set from its folder, and say how to get it", async () => {
    writeFileSync(join(folder.path, "data.noun"), database)
    for (const part of ["verb", "adj", "adv"]) writeFileSync(join(folder.path, `data.${part}`), "")
    expect((await set({})).questions).toHaveLength(5)
    await expect(async () => set({ options: 9 })).rejects.toThrow("no question of 9 options can be made of wordnet")
    await expect(async () => set({ set: "quiz" })).rejects.toThrow("run npx cambium data quiz")
    expect(questionSet.files?.({ set: "analogies", items: 1, options: 2, folder: folder.path })).toEqual([join(folder.path, "verbal_analogies.xml")])
  })
  it("read a published file, and say what is wrong with it by name", async () => {
    mkdirSync(join(folder.path, "mmlu"))
    const file = join(folder.path, "mmlu", "virology_test.csv")
    writeFileSync(file, "q,1,2,3,4,A\nr,1,2,3,4,B\n")
    const read = async (items: number) => (await resultOf(questionFile.run({}, { file, format: "mmlu", items }, runContext()))).questions
    expect([(await read(0)).questions.length, (await read(1)).questions.length, (await read(1)).questions[0]!.subject]).toEqual([2, 1, "virology"])
    await expect(async () => resultOf(questionFile.run({}, { file, format: "squad", items: 0 }, runContext()))).rejects.toThrow(`${file}: expected { data`)
  })
})
