import type { ImageIdentifier } from '@aws-sdk/client-ecr'
import { NotFoundError, ToolError } from '../errors.ts'
import type { Aws } from './clients.ts'
import { attempting, codeOf } from './errors.ts'

/** An image as ECR keeps it. */
interface StoredImage {
  /** `sha256:` and 64 hex digits. */
  digest: string
  /** The manifest or index, byte for byte: its hash is the digest. */
  manifest: string
  mediaType: string | undefined
}

/** With one that is not in this list ECR would answer that there is no image. */
const MEDIA_TYPES = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
]

/** The account's own registry, ECR. A repository is named `<project>/<service>`. */
export function imageRegistry(aws: Aws) {
  const find = async (repository: string, tag: string): Promise<StoredImage | undefined> => {
    const id: ImageIdentifier = { imageTag: tag }
    const reply = await inRepository(repository, `look up ${repository}:${tag}`, async () => {
      const { client, sdk } = await aws.ecr()
      return client.send(new sdk.BatchGetImageCommand({ repositoryName: repository, imageIds: [id], acceptedMediaTypes: MEDIA_TYPES }))
    })
    const image = reply.images?.[0]
    const digest = image?.imageId?.imageDigest
    if (digest !== undefined && image?.imageManifest !== undefined) {
      return { digest, manifest: image.imageManifest, mediaType: image.imageManifestMediaType }
    }
    const failure = reply.failures?.[0]
    if (failure?.failureCode === 'ImageNotFound') return undefined
    throw new ToolError(
      `could not look up ${repository}:${tag}: ${failure?.failureCode ?? 'no answer'} ${failure?.failureReason ?? ''}`.trim(),
    )
  }

  return {
    /** `undefined` if the tag is not there. */
    find,

    /** Puts a tag on an image that is there. Gives the digest that the tag then names: another one if it was taken, as tags are immutable. */
    addTag: (repository: string, image: StoredImage, tag: string): Promise<string> =>
      inRepository(repository, `tag ${repository}:${tag}`, async () => {
        const { client, sdk } = await aws.ecr()
        const input = {
          repositoryName: repository,
          imageTag: tag,
          imageManifest: image.manifest,
          imageManifestMediaType: image.mediaType,
          imageDigest: image.digest,
        }
        try {
          await client.send(new sdk.PutImageCommand(input))
          return image.digest
        } catch (error) {
          if (!['ImageAlreadyExistsException', 'ImageTagAlreadyExistsException'].includes(codeOf(error))) throw error
          return (await find(repository, tag))?.digest ?? image.digest
        }
      }),

    /** The tag with this beginning that was pushed last. */
    newest: (repository: string, prefix: string): Promise<string | undefined> =>
      inRepository(repository, `list the images of ${repository}`, async () => {
        const { client, sdk } = await aws.ecr()
        let newest: { tag: string; pushed: number } | undefined
        for await (const page of sdk.paginateDescribeImages({ client }, { repositoryName: repository, filter: { tagStatus: 'TAGGED' } })) {
          for (const { imageTags = [], imagePushedAt } of page.imageDetails ?? []) {
            const tag = imageTags.find((each) => each.startsWith(prefix))
            const pushed = imagePushedAt?.getTime() ?? 0
            if (tag !== undefined && pushed >= (newest?.pushed ?? 0)) newest = { tag, pushed }
          }
        }
        return newest?.tag
      }),

    /** What docker needs to push for the next twelve hours. */
    login: (): Promise<{ host: string; username: string; password: string }> =>
      attempting('log in to ECR', async () => {
        const { client, sdk } = await aws.ecr()
        const { authorizationData } = await client.send(new sdk.GetAuthorizationTokenCommand({}))
        const { authorizationToken = '', proxyEndpoint = '' } = authorizationData?.[0] ?? {}
        const [, username, password] = /^([^:]+):(.+)$/s.exec(Buffer.from(authorizationToken, 'base64').toString('utf8')) ?? []
        if (username === undefined || password === undefined || !URL.canParse(proxyEndpoint)) {
          throw new ToolError('could not log in to ECR: its answer holds no token')
        }
        return { host: new URL(proxyEndpoint).host, username, password }
      }),
  }
}

/** A repository that is not there is what `bootstrap` makes: one for each service of the blueprint that has `build`. */
function inRepository<T>(repository: string, what: string, work: () => Promise<T>): Promise<T> {
  return attempting(what, async () => {
    try {
      return await work()
    } catch (error) {
      if (codeOf(error) !== 'RepositoryNotFoundException') throw error
      throw new NotFoundError(`could not ${what}: ECR has no repository ${repository} in this account and region`, {
        hint: 'run `devtool bootstrap`: it makes a repository for each service with `build` in devtool.yaml',
        cause: error,
      })
    }
  })
}
