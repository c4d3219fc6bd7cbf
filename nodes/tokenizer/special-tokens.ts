/** Control tokens: the first ids of every vocabulary, in this order. Text never encodes to them, except to `<unk>`. */
export const specialTokens = ["<pad>", "<s>", "</s>", "<unk>"] as const
/** Opens a document; gives the first character something to be predicted from. */
export const startId = 1
/** Stands for one code point that is not in the vocabulary. */
export const unknownId = 3
