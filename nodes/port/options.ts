/**
 * Tokenised multiple-choice questions, a sequence for each option: the tokens of the prompt, then those of the option.
 *
 * - `ids` i32 [n] and `starts` i32 [sequences + 1], as in tokens; `prompt` i32 [sequences], how many of its tokens are the prompt's;
 * - `characters` i32 [sequences], code points of the option; `question` i32 [sequences];
 * - `answer` i32 [questions], the right one of its options; `subject` i32 [questions], an index into `meta.subjects`.
 */
import * as t from "io-ts"
import { tensorsPort, type PortValue } from "#src"

export const OptionsMeta = t.readonly(
  t.type({
    title: t.string,
    subjects: t.readonlyArray(t.string),
    /** Share of right answers by guessing: mean over subjects of the mean of 1 / options. */
    chance: t.number,
    vocabulary: t.number,
    /** Id of the token that opens every sequence. */
    bos: t.number,
  }),
)

export const options = tensorsPort("options", OptionsMeta)
export type Options = PortValue<typeof options>
