import type { Manifest, ManifestRuntime } from '@moorage/protocol';

/** How an agent is run: as a program (`{ language: 'node', entrypoint }`), from an image, or built from a folder. */
export type AgentSource = Pick<ManifestRuntime, 'language' | 'version' | 'entrypoint' | 'image' | 'build' | 'command'>;

/** Adds, subtracts, multiplies and divides. */
export function calculatorManifest(source: AgentSource): Manifest {
  return {
    agent_id: 'agent.calculator.calculation',
    name: 'Calculator',
    version: '1.0.0',
    status: 'active',
    description: 'Adds, subtracts, multiplies and divides two numbers',
    capabilities: ['calculation'],
    ethics: { framework: 'harm-minimization', hard_constraints: ['customer_isolation'] },
    desires: {
      profile: [
        { id: 'correctness', weight: 0.7 },
        { id: 'speed', weight: 0.3 },
      ],
    },
    tools: [
      {
        name: 'calculate',
        description: 'Calculates a op b',
        category: 'calculation',
        input_schema: {
          type: 'object',
          properties: {
            a: { type: 'number' },
            b: { type: 'number' },
            op: { enum: ['+', '-', '*', '/'] },
          },
          required: ['a', 'b', 'op'],
          additionalProperties: false,
        },
        output_schema: { type: 'number' },
      },
    ],
    authority: {
      instruction: { type: 'agent', id: 'agent.marketplace.orchestrator' },
      oversight: { type: 'human', id: 'operator', independent: true },
    },
    inputs: [
      { name: 'a', type: 'number', required: true, description: 'Left operand' },
      { name: 'b', type: 'number', required: true, description: 'Right operand' },
      { name: 'op', type: 'string', required: true, description: 'One of + - * /' },
    ],
    outputs: [{ name: 'result', type: 'number', required: true, description: 'The value of a op b' }],
    runtime: { port: 8080, health_path: '/health', timeout_ms: 5_000, ...source },
  };
}

/** Ends with exit code 3 shortly after its start, every time. */
export function crashLoopManifest(source: AgentSource): Manifest {
  return misbehaving('agent.examples.crash-loop', 'Crash loop', 'Exits with code 3 soon after it has started', {
    ...source,
  });
}

/** Takes memory until the engine ends it; limited to 64 MiB. */
export function memoryHogManifest(source: AgentSource): Manifest {
  return misbehaving('agent.examples.memory-hog', 'Memory hog', 'Takes memory until it is killed', {
    resources: { memory: '64Mi' },
    ...source,
  });
}

/** Listens only after `SLOW_START_MS`. [5 000] */
export function slowStartManifest(source: AgentSource, startMs = 5_000): Manifest {
  return misbehaving('agent.examples.slow-start', 'Slow start', 'Listens only some time after it has started', {
    env: [{ name: 'SLOW_START_MS', value: String(startMs) }],
    ...source,
  });
}

function misbehaving(agentId: string, name: string, description: string, runtime: ManifestRuntime): Manifest {
  return {
    agent_id: agentId,
    name,
    version: '1.0.0',
    status: 'active',
    description,
    capabilities: ['misbehaviour'],
    runtime,
  };
}
