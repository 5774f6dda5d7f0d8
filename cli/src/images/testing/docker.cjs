// The fake docker; docker.ts writes it to a folder of PATH with `files` in front.
const { createHash } = require('node:crypto')
const fs = require('node:fs')
const path = require('node:path')

const behaviour = JSON.parse(fs.readFileSync(files.behaviour, 'utf8'))
const args = process.argv.slice(2)
const began = Date.now()

const VALUES = ['--platform', '--progress', '--tag', '--cache-from', '--cache-to', '--metadata-file', '--file']

function fail(text, code = 1) {
  record([])
  process.stderr.write(`${text}\n`)
  process.exit(code)
}

function record(context) {
  const folder = process.env.DOCKER_CONFIG
  const config = path.join(folder, 'config.json')
  const call = {
    args,
    variables: Object.keys(process.env),
    config: JSON.parse(fs.readFileSync(config, 'utf8')),
    configFolder: {
      path: folder,
      mode: fs.statSync(folder).mode & 0o777,
      fileMode: fs.statSync(config).mode & 0o777,
      entries: fs.readdirSync(folder).sort(),
    },
    context,
    began,
    ended: Date.now(),
  }
  fs.appendFileSync(files.log, `${JSON.stringify(call)}\n`)
}

function parse(rest) {
  const options = {}
  const positional = []
  for (let index = 0; index < rest.length; index += 1) {
    const word = rest[index]
    if (word === '--push' || word === '--provenance=mode=max') options[word] = ['']
    else if (VALUES.includes(word)) {
      index += 1
      options[word] = [...(options[word] ?? []), rest[index]]
    } else if (word.startsWith('-')) fail(`unknown flag: ${word}`, 125)
    else positional.push(word)
  }
  if (positional.length !== 1) fail("ERROR: docker: 'docker buildx build' requires 1 argument")
  return { options, context: positional[0] }
}

async function build(rest) {
  const { options, context } = parse(rest)
  const text = fs.readFileSync(options['--file'][0], 'utf8')
  process.stderr.write('#1 [internal] load build definition from Dockerfile\n#1 DONE 0.0s\n')
  if (text.includes('RUN sleep')) await new Promise((resolve) => setTimeout(resolve, 300))
  if (text.includes('RUN false')) {
    fail('#5 [2/2] RUN false\n#5 ERROR: process "/bin/sh -c false" did not complete successfully: exit code: 1\nERROR: failed to solve')
  }
  const platform = options['--platform'][0]
  const names = fs.readdirSync(context, { recursive: true }).sort()
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests: [],
    annotations: { names, text, platform },
  })
  const digest = `sha256:${createHash('sha256').update(manifest).digest('hex')}`
  for (const tag of options['--tag']) await push(tag, manifest, digest)
  if (behaviour.metadata !== null) {
    fs.writeFileSync(options['--metadata-file'][0], behaviour.metadata ?? JSON.stringify({ 'containerimage.digest': digest }))
  }
  record(names)
}

async function push(reference, manifest, digest) {
  const [, host, repository, tag] = /^([^/]+)\/(.+):([\w.-]+)$/.exec(reference)
  const config = JSON.parse(fs.readFileSync(path.join(process.env.DOCKER_CONFIG, 'config.json'), 'utf8'))
  if (config.auths[host]?.auth === undefined) fail('ERROR: failed to push: 401 Unauthorized')
  if (behaviour.registry === undefined) return
  const answer = await fetch(behaviour.registry, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'AmazonEC2ContainerRegistry_V20150921.PutImage',
      authorization: 'AWS4-HMAC-SHA256 Credential=testing/20260101/us-east-1/ecr/aws4_request, SignedHeaders=host, Signature=0',
    },
    body: JSON.stringify({
      repositoryName: repository,
      imageTag: tag,
      imageManifest: manifest,
      imageManifestMediaType: 'application/vnd.oci.image.index.v1+json',
      imageDigest: digest,
    }),
  })
  if (!answer.ok) fail(`ERROR: failed to push ${reference}: ${await answer.text()}`)
}

async function main() {
  if (args[0] === 'buildx' && behaviour.buildx === false)
    fail("docker: unknown command: docker buildx\n\nRun 'docker --help' for more information")
  const command = args.slice(0, 2).join(' ')
  if (command === 'buildx build') return build(args.slice(2))
  if (command === 'buildx version') process.stdout.write('github.com/docker/buildx v0.24.0 d0e5e86\n')
  else if (command === 'buildx inspect') process.stdout.write(behaviour.inspect ?? 'Name:          ci\nDriver:        docker-container\n')
  else if (args[0] === 'info') process.stdout.write(behaviour.info ?? '[["Backing Filesystem","extfs"]]\n')
  else fail(`docker: unknown command: docker ${args[0]}`)
  record([])
}

void main()
