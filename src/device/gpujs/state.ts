/** The resident tensors of one instance of a program, wherever the backend keeps them between runs. SPEC D1-D3. */
export interface State {
  /** One run; gives back the numbers of the outputs that replace no resident tensor, which belong to the caller. */
  run(inputs: ReadonlyMap<string, Float32Array>): Promise<ReadonlyMap<string, Float32Array>>
  /** A copy of every resident tensor. */
  read(): Promise<ReadonlyMap<string, Float32Array>>
  close(): Promise<void>
}
