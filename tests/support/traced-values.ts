/** Literals to trace with, and what a trace without inputs computes, in the float64 interpreter. */
import { ndarray, type Shape } from "../../src/base/ndarray.ts"
import type { Expr } from "../../src/tensor/expr.ts"
import { makeProgram } from "../../src/tensor/make-program.ts"
import { constant } from "../../src/tensor/source.ts"
import { interpret } from "./interpreter.ts"

/** An f32 literal. */
export const f = (shape: Shape, ...values: readonly number[]): Expr => constant(ndarray("f32", shape, Float32Array.from(values)))

/** An i32 literal. */
export const i = (shape: Shape, ...values: readonly number[]): Expr => constant(ndarray("i32", shape, Int32Array.from(values)))

/** The elements of `y`, row-major. */
export const valuesOf = (y: Expr): readonly number[] => [...(interpret(makeProgram({ outputs: { y } }), {})["y"]?.data ?? [])]
