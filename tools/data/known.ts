/** The data sets `cambium data` can fetch: which Debian packages, what of them is kept, and under which licence. */

export interface DebianPackage {
  readonly name: string
  readonly version: string
  /** Of the .deb file. */
  readonly sha256: string
  /** Path of the .deb below the root of a Debian archive. */
  readonly pool: string
  readonly bytes: number
  /** Path inside the package to path inside the data set's folder. */
  readonly keep: { readonly [from: string]: string }
}

export interface DataSet {
  readonly name: string
  readonly about: string
  readonly licence: string
  readonly packages: readonly DebianPackage[]
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
]
