import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Emulator, startEmulator } from '../../tests/emulator/emulator.ts'
import { describeWith } from '../../tests/support/toolchain.ts'
import { imageRegistry } from './images.ts'
import { awsAt } from './testing.ts'

const INDEX = 'application/vnd.oci.image.index.v1+json'
const image = (text: string) => {
  const manifest = JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests: [], annotations: { text } })
  return { digest: `sha256:${createHash('sha256').update(manifest).digest('hex')}`, manifest, mediaType: INDEX }
}

describeWith(['emulator'], 'against the emulator', () => {
  let emulator: Emulator
  let registry: ReturnType<typeof imageRegistry>

  beforeAll(async () => {
    emulator = await startEmulator()
    const aws = awsAt(emulator.url, 'us-east-1')
    registry = imageRegistry(aws)
    const { CreateRepositoryCommand } = await import('@aws-sdk/client-ecr')
    const { client } = await aws.ecr()
    await client.send(new CreateRepositoryCommand({ repositoryName: 'shop/api', imageTagMutability: 'IMMUTABLE' }))
  })
  afterAll(() => emulator.stop())

  test('tags what is there, and leaves a tag that is taken', async () => {
    const [one, two] = [image('one'), image('two')]
    expect(await registry.find('shop/api', 'tree-1')).toBeUndefined()
    expect(await registry.addTag('shop/api', one, 'tree-1')).toBe(one.digest)
    expect(await registry.find('shop/api', 'tree-1')).toEqual(one)
    expect(await registry.addTag('shop/api', one, 'c0ffee')).toBe(one.digest)
    expect(await registry.addTag('shop/api', one, 'c0ffee')).toBe(one.digest)
    await registry.addTag('shop/api', two, 'tree-2')
    expect(await registry.addTag('shop/api', two, 'c0ffee')).toBe(one.digest)
    expect((await registry.find('shop/api', 'c0ffee'))?.digest).toBe(one.digest)
  })

  test('finds the newest cache of an architecture', async () => {
    expect(await registry.newest('shop/api', 'cache-amd64-')).toBeUndefined()
    await registry.addTag('shop/api', image('cache'), 'cache-amd64-1')
    expect(await registry.newest('shop/api', 'cache-amd64-')).toBe('cache-amd64-1')
    expect(await registry.newest('shop/api', 'cache-arm64-')).toBeUndefined()
  })

  test('logs in', async () => {
    expect(await registry.login()).toEqual({
      host: '123456789012.dkr.ecr.us-east-1.amazonaws.com',
      username: 'AWS',
      password: '123456789012-auth-token',
    })
  })

  test('a repository that is not there', async () => {
    await expect(registry.find('shop/web', 'tree-1')).rejects.toMatchObject({
      message: 'could not look up shop/web:tree-1: ECR has no repository shop/web in this account and region',
      hint: expect.stringContaining('devtool bootstrap'),
    })
    await expect(registry.newest('shop/web', 'cache-')).rejects.toThrow('ECR has no repository shop/web')
  })
})

/** What the emulator does not do: media types, pages, and ECR's own error for a tag that is taken. */
describe('on the wire', () => {
  type Answer = (operation: string, input: Record<string, unknown>) => [status: number, body: unknown]

  async function against<T>(answer: Answer, work: (registry: ReturnType<typeof imageRegistry>) => Promise<T>): Promise<T> {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        const operation = String(request.headers['x-amz-target']).replace('AmazonEC2ContainerRegistry_V20150921.', '')
        const [status, body] = answer(operation, JSON.parse(Buffer.concat(chunks).toString('utf8')))
        response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body))
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    try {
      return await work(imageRegistry(awsAt(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)))
    } finally {
      server.closeAllConnections()
      server.close()
    }
  }
  const refused = (code: string, message = code): [number, unknown] => [400, { __type: code, message }]

  test('an index is found only by one who accepts it', async () => {
    const { digest, manifest } = image('one')
    const stored = await against(
      (operation, input) => {
        const found = operation === 'BatchGetImage' && (input['acceptedMediaTypes'] as string[]).includes(INDEX)
        const id = { imageDigest: digest, imageTag: 'tree-1' }
        return found
          ? [200, { images: [{ imageId: id, imageManifest: manifest, imageManifestMediaType: INDEX }], failures: [] }]
          : refused('Unasked')
      },
      (registry) => registry.find('shop/api', 'tree-1'),
    )
    expect(stored).toEqual({ digest, manifest, mediaType: INDEX })
  })

  test('a failure that is not absence is not taken for it', async () => {
    const failure = { imageId: { imageTag: 'tree-1' }, failureCode: 'KmsError', failureReason: 'the key is disabled' }
    const asked = against(
      () => [200, { images: [], failures: [failure] }],
      (registry) => registry.find('shop/api', 'tree-1'),
    )
    await expect(asked).rejects.toThrow('could not look up shop/api:tree-1: KmsError the key is disabled')
  })

  test('a tag that is taken is read back', async () => {
    const [one, two] = [image('one'), image('two')]
    const digest = await against(
      (operation, input) => {
        if (operation === 'BatchGetImage') {
          return [200, { images: [{ imageId: { imageDigest: one.digest }, imageManifest: one.manifest }], failures: [] }]
        }
        const sent = [input['imageManifest'], input['imageManifestMediaType'], input['imageDigest'], input['imageTag']]
        expect([operation, ...sent]).toEqual(['PutImage', two.manifest, INDEX, two.digest, 'c0ffee'])
        return refused('ImageTagAlreadyExistsException')
      },
      (registry) => registry.addTag('shop/api', two, 'c0ffee'),
    )
    expect(digest).toBe(one.digest)
  })

  test('the newest of several pages', async () => {
    const pages: Record<string, unknown> = {
      '': { nextToken: 'p2', imageDetails: [{ imageTags: ['cache-amd64-1'], imagePushedAt: 30 }, { imagePushedAt: 90 }] },
      p2: {
        imageDetails: [
          { imageTags: ['c0ffee', 'cache-amd64-2'], imagePushedAt: 40 },
          { imageTags: ['cache-amd64-3'], imagePushedAt: 20 },
        ],
      },
    }
    const newest = await against(
      (operation, input) => {
        expect([operation, input['filter']]).toEqual(['DescribeImages', { tagStatus: 'TAGGED' }])
        return [200, pages[(input['nextToken'] as string) ?? '']]
      },
      (registry) => registry.newest('shop/api', 'cache-amd64-'),
    )
    expect(newest).toBe('cache-amd64-2')
  })

  test('what is not allowed is said, and an answer without a token', async () => {
    const denied = against(
      () => refused('AccessDeniedException'),
      (registry) => registry.login(),
    )
    await expect(denied).rejects.toThrow('could not log in to ECR: access denied: ecr:GetAuthorizationToken is not allowed')
    const empty = against(
      () => [200, { authorizationData: [{ authorizationToken: 'eA==', proxyEndpoint: 'https://a' }] }],
      (registry) => registry.login(),
    )
    await expect(empty).rejects.toThrow('could not log in to ECR: its answer holds no token')
  })
})
