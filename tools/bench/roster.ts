/**
 * Who takes part: how each peer is started, and why one is left out. A missing peer is a notice that says how to get
 * it, never a failure: the benchmark of a fresh clone compares with what there is.
 */
import { spawnSync } from "node:child_process"
import { existsSync, readdirSync } from "node:fs"
import { createRequire } from "node:module"
import { join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import * as E from "fp-ts/lib/Either.js"
import type { BenchOptions, PeerName } from "./options.ts"
import type { Launch } from "./peer.ts"
import type { Spec } from "./spec.ts"

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** What this project's own peer is started with; `device` as in `src/device/device.ts`. */
export const cambiumLaunch = (folder: string, device: string): Launch => ({
  command: process.execPath,
  args: ["--import", pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href, here("cambium-peer.ts"), folder, device],
})

/**
 * Debian lets several builds of OpenBLAS be installed side by side, and PyTorch's speed depends on which one it gets: the
 * OpenMP build shares PyTorch's threads, the pthread build competes with them. All that are there take part.
 */
const openblasFolders = (): readonly string[] => {
  const root = "/usr/lib"
  if (!existsSync(root)) return []
  const triplets = readdirSync(root).filter((folder) => folder.includes("-linux-"))
  return ["openblas-openmp", "openblas-pthread"].flatMap((build) => triplets.map((triplet) => join(root, triplet, build))).filter(existsSync)
}

/** The file of the module torch in `python`, if it can be imported. */
const torchIn = (python: string): string | undefined => {
  const { status, stdout } = spawnSync(python, ["-c", "import torch; print(torch.__file__)"], { encoding: "utf8" })
  return status === 0 ? stdout.trim() : undefined
}

const pytorch = (folder: string, script: string, { pythons, threads }: BenchOptions): E.Either<string, readonly Launch[]> => {
  const [found] = pythons.flatMap((python) => [torchIn(python)].flatMap((torch) => (torch === undefined ? [] : [{ python, torch }])))
  if (found === undefined) {
    return E.left(
      `PyTorch left out: no module torch in ${pythons.join(" or ")}. On Debian: apt-get install -y --no-install-recommends ` +
        "python3-torch libopenblas0-openmp; elsewhere: pip install torch, and name its Python with --python",
    )
  }
  const count = String(threads)
  const env = { OMP_NUM_THREADS: count, OPENBLAS_NUM_THREADS: count, MKL_NUM_THREADS: count }
  const launch = { command: found.python, args: [here(`peers/${script}`), folder], env }
  const builds = found.torch.startsWith("/usr/lib/python3/") ? openblasFolders() : []
  return E.right(builds.length === 0 ? [launch] : builds.map((build) => ({ ...launch, env: { ...env, LD_LIBRARY_PATH: build } })))
}

/** A script of `peers`, whose packages are installed when they are first wanted. */
const inNode = (folder: string, script: string, what: string): E.Either<string, readonly Launch[]> => {
  const peers = here("peers")
  if (!existsSync(here("peers/node_modules/.package-lock.json"))) {
    process.stderr.write("installing tfjs and transformers.js into tools/bench/peers (once)\n")
    const npm = process.platform === "win32" ? "npm.cmd" : "npm"
    const install = spawnSync(npm, ["ci", "--prefix", peers, "--ignore-scripts", "--no-audit", "--no-fund"], {
      stdio: "ignore",
      shell: process.platform === "win32",
    })
    if (install.status !== 0) return E.left(`${what} left out: \`npm ci --prefix tools/bench/peers\` failed; run it to see why`)
  }
  return E.right([{ command: process.execPath, args: [here(script), folder] }])
}

const torchScripts: Readonly<Partial<Record<Spec["task"], string>>> = { product: "torch_product.py", "train-cnn": "torch_resnet.py", "score-cnn": "torch_resnet.py" }

/** How to start what takes part as `name` on the workload in `folder`, or the notice that says why nothing does. */
export const launchesOf = (name: PeerName, spec: Spec, folder: string, options: BenchOptions): E.Either<string, readonly Launch[]> => {
  switch (name) {
    case "cambium":
      return E.right([cambiumLaunch(folder, options.device)])
    case "cambium-gpujs":
      return E.right([cambiumLaunch(folder, "gpujs:webasm")])
    case "pytorch":
      return pytorch(folder, torchScripts[spec.task] ?? "torch_gpt.py", options)
    case "tfjs":
      return inNode(folder, "peers/tfjs-gpt.mjs", "tfjs")
    case "transformers":
      return inNode(folder, "peers/transformers-gpt.mjs", "transformers.js")
  }
}

/** Whether `name` has anything to run for a workload. */
export const takesPart = (name: PeerName, { workload, task }: Spec): boolean => {
  switch (name) {
    case "cambium":
    case "pytorch":
      return true
    case "cambium-gpujs":
      // gpu.js on a CPU is worth the wait at the smallest workload only.
      return workload === "train-0.8M"
    case "tfjs":
      return task === "train"
    case "transformers":
      return task === "score" || task === "decode"
  }
}
