import { Argument, Command, Option } from 'commander'
import { expect, test } from 'vitest'
import { renderCommands } from './commands.ts'

function program() {
  const env = new Command('env').description('Environments')
  env
    .command('create')
    .description('Create envs/<name>')
    .argument('[name]', 'its name')
    .addOption(new Option('--target <target>', 'where | it runs').choices(['aws', 'local']).default('aws'))
    .addOption(new Option('--ttl <duration>', 'how long it lives').makeOptionMandatory())
    .option('--apply', 'also apply it', false)
    .addOption(new Option('--hidden').hideHelp())
    .addHelpText('after', '\nExamples:\n  devtool env create --apply')
  env
    .command('logs')
    .description('Show logs')
    .addArgument(new Argument('<services...>', 'which').choices(['web', 'api']))
  return new Command('devtool')
    .description('Environments for pull requests')
    .option('--verbose', 'say more')
    .addCommand(env)
    .addCommand(new Command('init').description('Start'))
}

test('the whole tree', () => {
  expect(renderCommands(program())).toBe(`# Commands

<!-- Generated from the commander tree by scripts/docs. Do not edit. -->

Environments for pull requests

- [\`devtool env create\`](#devtool-env-create): Create envs/&lt;name>
- [\`devtool env logs\`](#devtool-env-logs): Show logs
- [\`devtool init\`](#devtool-init): Start

| Options of every command | Meaning |
| --- | --- |
| \`--verbose\` | say more |

## devtool env create

Create envs/&lt;name>

\`\`\`
devtool env create [options] [name]
\`\`\`

| Argument | Meaning |
| --- | --- |
| \`[name]\` | its name |

| Options | Meaning |
| --- | --- |
| \`--target <target>\` | where \\| it runs (one of aws, local; default "aws") |
| \`--ttl <duration>\` | how long it lives (required) |
| \`--apply\` | also apply it |

\`\`\`
Examples:
  devtool env create --apply
\`\`\`

## devtool env logs

Show logs

\`\`\`
devtool env logs [options] <services...>
\`\`\`

| Argument | Meaning |
| --- | --- |
| \`<services...>\` | which (one of web, api) |

## devtool init

Start

\`\`\`
devtool init [options]
\`\`\`
`)
})
