/** Every kind of node that comes with Cambium, by id: what a page may add to a graph. */
import type { Signature } from "../../src/graph/signature.ts"

export const allKinds = async (): Promise<ReadonlyMap<string, Signature>> => {
  const exported: { readonly [name: string]: unknown } = await import("../../nodes/index.ts")
  const isKind = (value: unknown): value is Signature => typeof value === "object" && value !== null && "id" in value && "module" in value && "outputs" in value
  return new Map(Object.values(exported).filter(isKind).map((kind) => [kind.id, kind]))
}
