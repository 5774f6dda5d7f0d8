import { inflateRawSync } from 'node:zlib'

export interface ZipEntry {
  name: string
  content: Buffer
  mode: number
}

/** What Lambda accepts unpacked. */
const LARGEST = 250 * 1024 * 1024
const END = 0x06054b50
const ENTRY = 0x02014b50
const LOCAL = 0x04034b50
const FLAG_ENCRYPTED = 1

function refuse(reason: string): never {
  throw new Error(`Could not unzip uploaded file: ${reason}. Please check your file, then try to upload again.`)
}

/** The files of a zip archive, after its central directory (APPNOTE.TXT 4.3). Names lead to nowhere outside of the folder they are unpacked in. */
export function readZip(archive: Buffer): ZipEntry[] {
  const end = archive.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]))
  if (end < 0 || end + 22 > archive.length || archive.readUInt32LE(end) !== END) refuse('it is no zip archive')
  const entries: ZipEntry[] = []
  let left = LARGEST
  let at = archive.readUInt32LE(end + 16)
  try {
    for (let count = archive.readUInt16LE(end + 10); count > 0; count -= 1) {
      if (archive.readUInt32LE(at) !== ENTRY) refuse('its directory is damaged')
      const [nameLength, extraLength, commentLength] = [28, 30, 32].map((offset) => archive.readUInt16LE(at + offset)) as [
        number,
        number,
        number,
      ]
      const name = archive.toString('utf8', at + 46, at + 46 + nameLength)
      if (!name.endsWith('/')) {
        const entry = { name: safe(name), content: contentOf(archive, at, left), mode: modeOf(archive, at) }
        left -= entry.content.length
        entries.push(entry)
      }
      at += 46 + nameLength + extraLength + commentLength
    }
  } catch (error) {
    if (error instanceof RangeError) refuse('it is damaged or too large')
    throw error
  }
  return entries
}

function safe(name: string): string {
  if (name === '' || /^\/|\\|\0|(^|\/)\.\.?(\/|$)/.test(name)) refuse(`it holds a file with the name ${JSON.stringify(name)}`)
  return name
}

function modeOf(archive: Buffer, at: number): number {
  const mode = archive.readUInt32LE(at + 38) >>> 16
  if ((mode & 0o170000) === 0o120000) refuse('it holds a symbolic link, which the emulator does not know')
  return (mode & 0o777) === 0 ? 0o644 : mode & 0o777
}

function contentOf(archive: Buffer, at: number, largest: number): Buffer {
  if ((archive.readUInt16LE(at + 8) & FLAG_ENCRYPTED) !== 0) refuse('it is encrypted')
  const [packed, size, local] = [20, 24, 42].map((offset) => archive.readUInt32LE(at + offset)) as [number, number, number]
  if (archive.readUInt32LE(local) !== LOCAL) refuse('its directory is damaged')
  const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28)
  const bytes = archive.subarray(start, start + packed)
  if (bytes.length !== packed || size > largest) throw new RangeError()
  const method = archive.readUInt16LE(at + 10)
  if (method !== 0 && method !== 8) refuse(`it is packed by method ${method}`)
  const content = method === 0 ? bytes : inflateRawSync(bytes, { maxOutputLength: Math.max(largest, 1) })
  if (content.length !== size) refuse('it is damaged')
  return content
}
