import { ZipFile } from 'yazl'

/**
 * The same bytes for the same content on every machine, so that Terraform sees a change only where there is one: a fixed time in
 * place of the file's, and stored rather than deflated, for zlib's output differs between Node versions.
 */
export async function zip(files) {
  const archive = new ZipFile()
  // the local date fields of this moment are what the format stores, whatever the time zone
  const mtime = new Date(1980, 0, 1)
  for (const [name, content] of Object.entries(files)) {
    archive.addBuffer(Buffer.from(content), name, { mtime, mode: 0o100644, compress: false, forceDosTimestamp: true })
  }
  archive.end()
  const chunks = []
  for await (const chunk of archive.outputStream) chunks.push(chunk)
  return Buffer.concat(chunks)
}
