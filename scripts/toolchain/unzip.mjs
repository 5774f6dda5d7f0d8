import { inflateRawSync } from 'node:zlib'

const END_OF_DIRECTORY = 0x06054b50
const DIRECTORY_ENTRY = 0x02014b50
const DEFLATED = 8

/** One file's content from a zip archive (APPNOTE.TXT 4.3: end record, directory, local header). No zip64, no encryption. */
export function unzip(archive, name) {
  const end = archive.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]))
  if (end === -1 || archive.readUInt32LE(end) !== END_OF_DIRECTORY) throw new Error('could not unpack: not a zip archive')
  let offset = archive.readUInt32LE(end + 16)
  for (let left = archive.readUInt16LE(end + 10); left > 0; left -= 1) {
    if (archive.readUInt32LE(offset) !== DIRECTORY_ENTRY) throw new Error('could not unpack: the directory of the zip archive is damaged')
    const nameLength = archive.readUInt16LE(offset + 28)
    const entry = archive.toString('utf8', offset + 46, offset + 46 + nameLength)
    if (entry === name) return content(archive, offset)
    offset += 46 + nameLength + archive.readUInt16LE(offset + 30) + archive.readUInt16LE(offset + 32)
  }
  throw new Error(`could not unpack: no ${name} in the zip archive`)
}

function content(archive, entry) {
  const method = archive.readUInt16LE(entry + 10)
  const size = archive.readUInt32LE(entry + 20)
  const header = archive.readUInt32LE(entry + 42)
  const start = header + 30 + archive.readUInt16LE(header + 26) + archive.readUInt16LE(header + 28)
  const bytes = archive.subarray(start, start + size)
  return method === DEFLATED ? inflateRawSync(bytes) : Buffer.from(bytes)
}
