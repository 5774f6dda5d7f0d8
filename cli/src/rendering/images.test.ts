import { describe, expect, it } from 'vitest'
import type { EnvironmentDocument } from '../environment/document.ts'
import { jsonWithHeader } from './header.ts'
import { adoptImages } from './images.ts'

const document: EnvironmentDocument = {
  schema: 1,
  name: 'brave-otter',
  project: 'shop',
  template: 'preview',
  target: 'aws',
  pinned: false,
  repository: null,
  pullRequest: null,
  branch: null,
  commit: null,
  ttl: null,
  modules: null,
  images: { web: 'shop/web:1', api: 'shop/api:1' },
}
const written = jsonWithHeader('preview', { images: { web: 'shop/web:0', api: 'shop/api:0' } })

describe('adoptImages', () => {
  it('changes nothing without a file, or with the file as it was written', () => {
    expect(adoptImages(document, undefined)).toBe(document)
    expect(adoptImages(document, written)).toBe(document)
  })

  it('takes an edit over', () => {
    expect(adoptImages(document, written.replace('api:0', 'api:2')).images).toEqual({ web: 'shop/web:0', api: 'shop/api:2' })
    expect(adoptImages(document, '{"images": {"api": "shop/api:3"}}').images).toEqual({ web: 'shop/web:1', api: 'shop/api:3' })
  })

  it.each([
    ['{', 'it is not JSON'],
    ['{}', 'it has no object "images"'],
    ['{"images": {"api": 1}}', 'images.api is not a string'],
  ])('refuses %s', (content, why) => {
    expect(() => adoptImages(document, content)).toThrow(`could not read images.auto.tfvars.json: ${why}`)
  })
})
