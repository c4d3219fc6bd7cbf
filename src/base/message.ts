/** What was thrown, as a sentence: JavaScript lets anything be thrown. */
export const messageOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown))
