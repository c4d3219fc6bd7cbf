/**
 * Questions from quizzes people play: bsdgames' quiz (lines `a:b:...`, with `{optional}` parts and `|` between alternatives), whose wrong
 * options are answers of the same topic, and gbrainy's verbal analogies, which come with their options.
 */
import type { Random } from "#src"
import type { Question } from "../../port/questions.ts"

/** Topics whose first two columns are a question and its answer in words. */
export const quizTopics: Readonly<Record<string, string>> = {
  africa: "The capital of # is ", america: "The capital of # is ", asia: "The capital of # is ", europe: "The capital of # is ", province: "The capital of # is ", state: "The capital of # is ",
  babies: "The young one called # grows up to be a ", collectives: "A group of # is called a ", flowers: "In the language of flowers, # means: ", locomotive: "The wheels # are those of a locomotive called ", murders: "The killer of # was ", poetry: "# ",
}

/** The first of the alternatives, with its optional parts. */
export const plainAnswer = (field: string): string => {
  const outside = field.replace(/\{([^{}]*)\}/g, "$1").replace(/[{}]/g, "")
  return (outside.replace(/\[([^|\]]*)[^\]]*\]/g, "$1").split("|")[0] ?? "").trim()
}

export const quizQuestions = (text: string, topic: string, options: number, random: Random): readonly Question[] => {
  const pairs = text.replaceAll("\\\n", "").split("\n").flatMap((line) => {
    const [asked = "", answer = ""] = line.split(":").map(plainAnswer)
    // A few answers are typed with accents as strokes over letters.
    return asked === "" || answer === "" || answer.includes("\\") ? [] : [[asked, answer] as const]
  })
  const answers = [...new Set(pairs.map(([, answer]) => answer))]
  return pairs.flatMap(([asked, right], i) => {
    // All that is said of one and the same subject is right.
    const rest = answers.filter((answer) => !pairs.some(([a, b]) => a === asked && b === answer))
    if (rest.length < options - 1) return []
    const stream = random.fork(`${topic}/${i}`)
    for (let k = rest.length - 1; k > 0; k--) {
      const j = stream.below(k, k + 1)
      ;[rest[k], rest[j]] = [rest[j] as string, rest[k] as string]
    }
    const answer = stream.below(0, options)
    return [{ id: `${topic}/${i + 1}`, subject: topic, prompt: (quizTopics[topic] ?? "#: ").replace("#", asked), options: [...rest.slice(0, answer), right, ...rest.slice(answer, options - 1)], answer }]
  })
}

const analogy = /<analogy>([^]*?)<\/analogy>/g
const written = (xml: string): string => xml.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"').replaceAll("&apos;", "'").replaceAll("&amp;", "&").trim()

/** Of the kind `MultipleOptions`; the others have no options. */
export const analogyQuestions = (xml: string): readonly Question[] =>
  [...xml.replace(/<!--[^]*?-->/g, "").matchAll(analogy)].flatMap(([, body = ""], i) => {
    const asked = /<_question[^>]*type\s*=\s*"MultipleOptions"[^>]*>([^]*?)<\/_question>/.exec(body)?.[1]
    const answers = [...body.matchAll(/<_answer([^>]*)>([^]*?)<\/_answer>/g)]
    const right = answers.findIndex(([, attributes = ""]) => /correct\s*=\s*"yes"/.test(attributes))
    if (asked === undefined || right < 0 || answers.length < 2) return []
    return [{ id: `analogy/${i + 1}`, subject: "analogies", prompt: `${written(asked)} `, options: answers.map(([, , text = ""]) => written(text)), answer: right }]
  })
