import descriptor from 'protobufjs/ext/descriptor/index.js'
import { defined } from '../model/assert.js'

/** One .proto file of a compiled set. */
export interface DescribedFile {
  readonly name: string
  /** Serialized google.protobuf.FileDescriptorProto, byte for byte as the compiler wrote it. */
  readonly bytes: Buffer
  readonly imports: readonly string[]
}

/** Finds files of a FileDescriptorSet by what they declare. */
export class DescriptorIndex {
  readonly #files = new Map<string, DescribedFile>()
  readonly #fileOfSymbol = new Map<string, string>()
  /** Extended message → field number → file. */
  readonly #extensions = new Map<string, Map<number, string>>()

  constructor(set: Uint8Array) {
    for (const bytes of splitSet(Buffer.from(set))) this.#add(bytes)
  }

  file(name: string): DescribedFile | undefined {
    return this.#files.get(name)
  }

  /** @param symbol full name of a service, method, message, field, oneof, enum, enum value or extension */
  fileOfSymbol(symbol: string): DescribedFile | undefined {
    return this.#files.get(this.#fileOfSymbol.get(symbol) ?? '')
  }

  fileOfExtension(message: string, number: number): DescribedFile | undefined {
    return this.#files.get(this.#extensions.get(message)?.get(number) ?? '')
  }

  /** Field numbers that extend a message, rising; undefined for a message that is not in the set. */
  extensionNumbers(message: string): number[] | undefined {
    if (!this.#fileOfSymbol.has(message)) return undefined
    return [...(this.#extensions.get(message)?.keys() ?? [])].sort((a, b) => a - b)
  }

  /** The file and all that it imports, directly or not, the file itself first. */
  withImports(file: DescribedFile): DescribedFile[] {
    const found = new Map([[file.name, file]])
    for (const next of found.values()) {
      for (const name of next.imports) {
        if (!found.has(name)) found.set(name, defined(this.#files.get(name), `the set's ${name}`))
      }
    }
    return [...found.values()]
  }

  #add(bytes: Buffer): void {
    const file = descriptor.FileDescriptorProto.toObject(descriptor.FileDescriptorProto.decode(bytes), {
      arrays: true,
      defaults: true,
    }) as FileShape
    this.#files.set(file.name, { name: file.name, bytes, imports: file.dependency })
    const scope = file.package === '' ? '' : `${file.package}.`
    const declare = (symbol: string) => this.#fileOfSymbol.set(symbol, file.name)
    for (const service of file.service) {
      declare(scope + service.name)
      for (const method of service.method) declare(`${scope}${service.name}.${method.name}`)
    }
    this.#declareTypes(scope, { ...file, nestedType: file.messageType }, file.name)
  }

  #declareTypes(scope: string, parent: TypeScope, file: string): void {
    for (const enumeration of parent.enumType) {
      this.#fileOfSymbol.set(scope + enumeration.name, file)
      // Values belong to the scope around their enum, as in C++.
      for (const value of enumeration.value) this.#fileOfSymbol.set(scope + value.name, file)
    }
    for (const extension of parent.extension) this.#declareExtension(scope, extension, file)
    for (const message of parent.nestedType) {
      const name = scope + message.name
      this.#fileOfSymbol.set(name, file)
      for (const member of [...message.field, ...message.oneofDecl]) {
        this.#fileOfSymbol.set(`${name}.${member.name}`, file)
      }
      this.#declareTypes(`${name}.`, message, file)
    }
  }

  #declareExtension(scope: string, extension: ExtensionShape, file: string): void {
    this.#fileOfSymbol.set(scope + extension.name, file)
    const message = extension.extendee.replace(/^\./, '')
    const numbers = this.#extensions.get(message) ?? new Map<number, string>()
    numbers.set(extension.number, file)
    this.#extensions.set(message, numbers)
  }
}

/** The serialized files of a set: field 1, length-delimited, repeated. */
function* splitSet(set: Buffer): Iterable<Buffer> {
  const FILE_FIELD = 0x0a
  let offset = 0
  while (offset < set.length) {
    if (set[offset++] !== FILE_FIELD) throw new Error(`descriptor set: unexpected field at ${offset - 1}`)
    let length = 0
    for (let shift = 0; ; shift += 7) {
      const byte = defined(set[offset++], 'a byte of the length')
      length |= (byte & 0x7f) << shift
      if (byte < 0x80) break
    }
    yield set.subarray(offset, offset + length)
    offset += length
  }
}

/** What is used here of google/protobuf/descriptor.proto. */
interface TypeScope {
  readonly nestedType: readonly MessageShape[]
  readonly enumType: readonly {
    readonly name: string
    readonly value: readonly { readonly name: string }[]
  }[]
  readonly extension: readonly ExtensionShape[]
}
interface MessageShape extends TypeScope {
  readonly name: string
  readonly field: readonly { readonly name: string }[]
  readonly oneofDecl: readonly { readonly name: string }[]
}
interface ExtensionShape {
  readonly name: string
  readonly extendee: string
  readonly number: number
}
interface FileShape {
  readonly name: string
  readonly package: string
  readonly dependency: readonly string[]
  readonly messageType: readonly MessageShape[]
  readonly enumType: TypeScope['enumType']
  readonly extension: readonly ExtensionShape[]
  readonly service: readonly {
    readonly name: string
    readonly method: readonly { readonly name: string }[]
  }[]
}
