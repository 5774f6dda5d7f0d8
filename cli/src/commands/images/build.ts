import { Command, Option } from 'commander'
import type { Context } from '../../context.ts'
import type { Architecture } from '../../images/ports.ts'
import type { ImagesRequest, ImagesResult } from '../../operations/build-images.ts'
import { renderTable } from '../../operations/present.ts'
import { openProject } from '../../operations/project.ts'

export function buildCommand(context: Context): Command {
  return new Command('build')
    .description('Build and push what changed; an image that was pushed before is not built again')
    .argument('[services...]', 'services of devtool.yaml, or migrations; without them, all that have build')
    .option('--env <name>', 'set the images of envs/<name> to what was built, by digest')
    .addOption(
      new Option(
        '--platform <architecture>',
        'what the images run on; without it, what the tasks run on: architecture in devtool.yaml',
      ).choices(['amd64', 'arm64']),
    )
    .option('--json', 'print one JSON value')
    .action((services: string[], options: { env?: string; platform?: Architecture }) =>
      build(context, { services, environment: options.env, architecture: options.platform }),
    )
}

export async function build(context: Context, request: ImagesRequest): Promise<void> {
  const { buildProjectImages } = await import('../../operations/build-images.ts')
  const project = await openProject(context)
  const result = await buildProjectImages(context, project, request)
  context.output.result(result, (value) => renderImages(value, request.environment))
}

function renderImages({ images, directory }: ImagesResult, environment: string | undefined): string {
  const rows = images.map(({ name, image, tags, built }) => [name, built ? 'built' : 'was there', tags.join(' '), image])
  const next =
    directory === null ? '' : `\n\n${directory} runs these images from its next apply on\n\nnext: devtool env apply ${environment}`
  return `${renderTable(['SERVICE', 'IMAGE', 'TAGS', 'DIGEST'], rows)}${next}`
}
