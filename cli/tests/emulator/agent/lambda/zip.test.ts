import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { ZipFile } from 'yazl'
import { root } from '../../../support/toolchain.ts'
import { readZip } from './zip.ts'

async function zip(add: (archive: ZipFile) => void): Promise<Buffer> {
  const archive = new ZipFile()
  add(archive)
  archive.end()
  const chunks: Buffer[] = []
  for await (const chunk of archive.outputStream) chunks.push(Buffer.from(chunk as Buffer))
  return Buffer.concat(chunks)
}
const text = Buffer.from('some text, some text, some text')

test('stored and deflated files, with their modes', async () => {
  const archive = await zip((file) => {
    file.addBuffer(text, 'a/b.js', { compress: true, mode: 0o100755 })
    file.addBuffer(text, 'c.js', { compress: false, mode: 0o100600 })
    file.addEmptyDirectory('d')
    file.addBuffer(Buffer.alloc(0), 'empty', { compress: true })
  })
  expect(readZip(archive).map(({ name, content, mode }) => [name, content.toString(), mode.toString(8)])).toEqual([
    ['a/b.js', text.toString(), '755'],
    ['c.js', text.toString(), '600'],
    ['empty', '', '664'],
  ])
})

test('the function of this repository', () => {
  const archive = readZip(readFileSync(path.join(root, 'modules/database-admin/function.zip')))
  expect(archive.map(({ name }) => name)).toEqual(['index.js'])
})

const replaced = async (name: string): Promise<Buffer> => {
  const archive = await zip((file) => file.addBuffer(text, 'x'.repeat(name.length), { compress: false }))
  return Buffer.from(archive.toString('latin1').replaceAll('x'.repeat(name.length), name), 'latin1')
}

test.each(['../evil', '/etc/evil', 'a/../../evil', '..', 'a\\evil', './evil'])(
  'a name that leads elsewhere is refused: %s',
  async (name) => {
    expect(() => readZip(Buffer.alloc(0))).toThrow('it is no zip archive')
    const archive = await replaced(name)
    expect(() => readZip(archive)).toThrow(`it holds a file with the name ${JSON.stringify(name)}`)
  },
)

test('what is damaged is refused, whatever is damaged', async () => {
  const whole = await zip((file) => file.addBuffer(text, 'a.js', { compress: true }))
  let refused = 0
  for (let at = 0; at < whole.length; at += 1) {
    const damaged = Buffer.from(whole)
    damaged[at] = (damaged[at] ?? 0) ^ 0xff
    try {
      readZip(damaged)
    } catch (error) {
      refused += 1
      expect(error).toBeInstanceOf(Error)
    }
  }
  expect(refused).toBeGreaterThan(20)
})

test('a link is refused', async () => {
  const archive = await zip((file) => file.addBuffer(Buffer.from('/etc/passwd'), 'link', { mode: 0o120777 }))
  expect(() => readZip(archive)).toThrow('it holds a symbolic link')
})
