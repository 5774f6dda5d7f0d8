/**
 * From a push to the first answer of a preview, computed from latencies that others have published: the longest chain, and what runs beside it.
 * Nothing of it was measured in an account or on a runner of ours.
 */

/** `after`: the steps that have to be over; seconds. `ours`: what DevTool itself adds, as far as `npm run bench` can measure it. */
const STEPS = [
  {
    id: 'runner',
    what: 'a runner takes the job',
    after: [],
    from: 4,
    to: 39,
    source: 'depot.dev, "Reducing queue time with cached schemas": mean and 99th percentile',
  },
  {
    id: 'setup',
    what: 'check-out, Node, credentials, buildx',
    after: ['runner'],
    from: 5,
    to: 12,
    source: 'github/gh-aw#21703: checkout 1 to 3 s, each set-up 1 to 3 s',
  },
  {
    id: 'look',
    what: 'devtool: pull request, registry, name, rendering',
    after: ['setup'],
    from: 1,
    to: 2,
    ours: true,
    source: '`env sync --pr` above, and GitHub farther away',
  },
  {
    id: 'images',
    what: 'images: nothing changed, or built with a full cache',
    after: ['look'],
    from: 1,
    to: 24,
    source: 'GrammaTonic/github-runner, PERFORMANCE_RESULTS: 19 and 24 s',
  },
  {
    id: 'init',
    what: 'terraform init, beside the images',
    after: ['look'],
    from: 5,
    to: 10,
    source: 'published Terraform logs: 10 to 15 s with the plan',
  },
  {
    id: 'plan',
    what: 'bundle, lease, refresh and plan',
    after: ['images', 'init'],
    from: 5,
    to: 5,
    source: 'the same logs; `env apply` above is as fast as bare Terraform',
  },
  {
    id: 'resources',
    what: 'target group, rule and service (one after another)',
    after: ['plan'],
    from: 3,
    to: 4,
    source: 'published Terraform logs: 0 to 2 s each',
  },
  {
    id: 'fargate',
    what: 'Fargate: network interface, image pull, start',
    after: ['resources'],
    from: 25,
    to: 60,
    source: 'aws/containers-roadmap#358, #649',
  },
  { id: 'migrations', what: 'migrations', after: ['fargate'], from: 1, to: 5, source: 'the sample: 1 s' },
  {
    id: 'health',
    what: 'one passed health check',
    after: ['migrations'],
    from: 0,
    to: 5,
    source: 'Elastic Load Balancing: one check every 5 s',
  },
  {
    id: 'answer',
    what: 'devtool notices, the comment says so',
    after: ['health'],
    from: 1,
    to: 10,
    ours: true,
    source: 'one edit in 10 s',
  },
]

/** Each step with when it begins and ends, and whether the last one waits for it. */
export function schedule(column) {
  const ends = new Map()
  const rows = STEPS.map((step) => {
    const begin = Math.max(0, ...step.after.map((id) => ends.get(id)))
    ends.set(step.id, begin + step[column])
    return { ...step, begin, end: begin + step[column] }
  })
  const critical = new Set()
  const follow = (id) => {
    critical.add(id)
    const { after, begin } = rows.find((row) => row.id === id)
    for (const before of after) if (ends.get(before) === begin) follow(before)
  }
  follow(rows.at(-1).id)
  return rows.map((row) => ({ ...row, critical: critical.has(row.id) }))
}

const WIDTH = 60

function bars(column) {
  const rows = schedule(column)
  const total = rows.at(-1).end
  const at = (time) => Math.round((time / total) * WIDTH)
  const widest = Math.max(...rows.map(({ what }) => what.length))
  return rows.map(({ what, begin, end, critical, ours }) => {
    const length = Math.max(1, at(end) - at(begin))
    const mark = ours ? '#' : critical ? '=' : '-'
    return `${what.padEnd(widest)} |${`${' '.repeat(at(begin))}${mark.repeat(length)}`.padEnd(WIDTH)}| ${begin} to ${end} s`
  })
}

/** Markdown. */
export function waterfall() {
  const [from, to] = ['from', 'to'].map((column) => schedule(column).at(-1).end)
  const own = (column) =>
    schedule(column)
      .filter(({ ours, critical }) => ours && critical)
      .reduce((sum, row) => sum + row[column], 0)
  return `## From a push to the first answer

Computed, not measured: the longest chain of a preview on a platform that is there, from latencies that others have published. It was run neither in
an account nor on a runner of ours. \`=\` waits for AWS, GitHub or Docker, \`#\` is DevTool's own, \`-\` is done beside something longer. From ${from} to ${to} s, of
which DevTool's own steps are ${own('from')} to ${own('to')} s.

At best:

\`\`\`
${bars('from').join('\n')}
\`\`\`

With the slow end of everything:

\`\`\`
${bars('to').join('\n')}
\`\`\`

| step | from (s) | to (s) | where the figure is from |
| --- | --- | --- | --- |
${STEPS.map(({ what, from: least, to: most, source }) => `| ${what} | ${least} | ${most} | ${source} |`).join('\n')}
`
}
