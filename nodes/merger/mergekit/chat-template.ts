/**
 * The chat template of a merged model, as `chat_template` says: `auto` (the one most of the models have, the first of those that are as frequent), a
 * format's name, or the template itself, in Jinja. It goes into `tokenizer_config.json` and `chat_template.jinja`, where readers look.
 */
import type { ModelFiles } from "#src"
import * as E from "fp-ts/lib/Either.js"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import type { MergePlan } from "../checkpoint/merge-plan.ts"

const named: { readonly [name: string]: string } = {
  chatml: "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}",
  alpaca:
    "{% for message in messages %}{% if message['role'] == 'system' %}{{ message['content'] }}\n\n{% elif message['role'] == 'user' %}### Instruction:\n{{ message['content'] }}\n\n{% else %}### Response:\n{{ message['content'] }}\n\n{% endif %}{% endfor %}{% if add_generation_prompt %}### Response:\n{% endif %}",
  llama3:
    "{{ bos_token }}{% for message in messages %}<|start_header_id|>{{ message['role'] }}<|end_header_id|>\n\n{{ message['content'] | trim }}<|eot_id|>{% endfor %}{% if add_generation_prompt %}<|start_header_id|>assistant<|end_header_id|>\n\n{% endif %}",
}

/** Left: what was expected of `chat_template`. Right: the template, or undefined where no model has one. */
export const chatTemplate = (choice: string, models: readonly Pick<ModelFiles, "folder">[]): E.Either<string, string | undefined> => {
  if (choice === "auto") return E.right(mostFrequent(models.flatMap((model) => templateOf(model) ?? [])))
  const known = named[choice]
  if (known !== undefined) return E.right(known)
  return /\{[{%]/.test(choice) ? E.right(choice) : E.left(`auto, ${Object.keys(named).join(", ")}, or a template in Jinja`)
}

const templateOf = ({ folder }: Pick<ModelFiles, "folder">): string | undefined => {
  const own = join(folder, "chat_template.jinja")
  if (existsSync(own)) return readFileSync(own, "utf8")
  const config = join(folder, "tokenizer_config.json")
  if (!existsSync(config)) return undefined
  const read = E.tryCatch(() => JSON.parse(readFileSync(config, "utf8")) as { readonly chat_template?: unknown }, String)
  return E.isRight(read) && typeof read.right.chat_template === "string" ? read.right.chat_template : undefined
}

const mostFrequent = (templates: readonly string[]): string | undefined => {
  const count = (template: string): number => templates.filter((other) => other === template).length
  return templates.reduce<string | undefined>((best, one) => (best === undefined || count(one) > count(best) ? one : best), undefined)
}

/** The files beside the weights, with the template in them. */
export const withTemplate = (beside: MergePlan["beside"], template: string): MergePlan["beside"] => {
  const file = beside["tokenizer_config.json"]
  const read = file === undefined ? E.right({}) : E.tryCatch(() => JSON.parse("text" in file ? file.text : readFileSync(file.copyOf, "utf8")) as object, String)
  const config = E.isRight(read) ? { "tokenizer_config.json": { text: `${JSON.stringify({ ...read.right, chat_template: template }, null, 2)}\n` } } : {}
  return { ...beside, ...config, "chat_template.jinja": { text: template } }
}
