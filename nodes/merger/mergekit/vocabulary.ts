/** Vocabularies that differ. */
import type { ModelFiles } from "#src"
import type { MergePlan, RowMap } from "../checkpoint/merge-plan.ts"
import type { MergekitConfig, Path } from "./config.ts"

interface Setting {
  readonly inputs: readonly ModelFiles[]
  readonly names: readonly string[]
  readonly template: ModelFiles
  readonly compat: boolean
  readonly wrong: (path: Path, expected: string, got: string) => void
}

export interface VocabularyPlan {
  readonly rows: number
  readonly rowsOf: (input: number, tensor: string) => RowMap | undefined
  readonly beside: MergePlan["beside"]
}

export const planVocabulary = ({ tokenizer }: MergekitConfig, { wrong }: Setting): VocabularyPlan | undefined => {
  if (tokenizer !== undefined && (tokenizer.source !== "base" || Object.keys(tokenizer.tokens).length > 0)) {
    wrong(["tokenizer"], "models of one vocabulary: maps between vocabularies are not there yet", `tokenizer source ${tokenizer.source}`)
  }
  return undefined
}
