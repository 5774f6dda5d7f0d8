import { describe, expect, it } from 'vitest'
import { formatHcl } from './format.ts'

describe('formatHcl', () => {
  it('indents by brackets and aligns neighbouring assignments', () => {
    const source = `
module "a" {
source = "x"


    name = "n"
      longer    = "{[("
  block {
 x = 1
}
list = [{
a = 1
}]
environment   = merge(local.a, {
  B = "\${join("}", ["{"])}"
  LONG = "$\${"
})
after = 2 # {
}


`
    expect(formatHcl(source)).toBe(`module "a" {
  source = "x"

  name   = "n"
  longer = "{[("
  block {
    x = 1
  }
  list = [{
    a = 1
  }]
  environment = merge(local.a, {
    B    = "\${join("}", ["{"])}"
    LONG = "$\${"
  })
  after = 2 # {
}
`)
  })

  it('takes no comparison for an assignment', () => {
    expect(formatHcl('a {\ncondition = x == 1\ny != 2\nz >= 3\n}')).toBe('a {\n  condition = x == 1\n  y != 2\n  z >= 3\n}\n')
  })

  it('changes nothing the second time', () => {
    const once = formatHcl('a = {\nb = [\n1,\n2,\n]\nccc = 3\n}')
    expect(formatHcl(once)).toBe(once)
  })
})
