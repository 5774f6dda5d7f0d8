import { describe, expect, test } from 'vitest'
import { readDockerfile } from './dockerfile.ts'

describe('readDockerfile', () => {
  test.each([
    ['EXPOSE 3000', 3000],
    ['EXPOSE 3000/tcp', 3000],
    ['expose 3000/TCP', 3000],
    ['EXPOSE 53/udp 8080', 8080],
    ['EXPOSE 9000 9001', 9000],
    ['EXPOSE 53/udp', null],
    ['EXPOSE 70000', null],
    ['EXPOSE 0', null],
    ['EXPOSE 8000-8010', null],
    ['EXPOSE', null],
    ['# EXPOSE 3000', null],
    ['RUN echo EXPOSE 3000', null],
    ['ENV PORT=3001\nEXPOSE $PORT', 3001],
    ['ENV PORT="3001" HOST=0.0.0.0\nEXPOSE ${PORT}/tcp', 3001],
    ['ENV PORT 3001\nEXPOSE $PORT', 3001],
    ['ARG PORT=3002\nEXPOSE ${PORT:-80}', 3002],
    ['EXPOSE ${PORT:-80}', 80],
    ['EXPOSE ${PORT-80}', 80],
    ['ARG PORT\nEXPOSE $PORT', null],
    ['EXPOSE \\\n  # why\n  3000', 3000],
    ['EXPOSE 3000\r\n', 3000],
  ])('%j exposes %j', (text, port) => expect(readDockerfile(`FROM a\n${text}`).port).toBe(port))

  test.each([
    ['CMD ["node", "src/main.js"]', 'node src/main.js'],
    ['CMD [ "node" , "--enable-source-maps", "a=b.js" ]', 'node --enable-source-maps a=b.js'],
    ['CMD node src/main.js', null],
    ['CMD ["sh", "-c", "node $FILE"]', null],
    ['CMD []', null],
    ['CMD {"a": 1}', null],
    ['CMD ["node", 1]', null],
    ['HEALTHCHECK CMD ["curl"]', null],
  ])('%j starts %j', (text, command) => expect(readDockerfile(`FROM a\n${text}`).command).toBe(command))

  test('only the last stage counts', () => {
    const text = 'FROM a AS build\nEXPOSE 1000\nCMD ["make"]\nFROM b\nENV PORT=3000\nEXPOSE $PORT\n'
    expect(readDockerfile(text)).toEqual({ port: 3000, command: null })
    expect(readDockerfile(`${text}FROM c\n`)).toEqual({ port: null, command: null })
  })

  test('nothing is an error', () => {
    for (const text of ['', '\0\n\\', 'EXPOSE ${', 'CMD [', '\\\n\\\n']) expect(readDockerfile(text)).toEqual({ port: null, command: null })
  })
})
