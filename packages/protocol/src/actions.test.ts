import { describe, expect, it } from 'vitest';
import { actionNames, actions, isActionName } from './actions.js';

describe('the action table', () => {
  it('has exactly these routes', () => {
    const routes = actionNames.map((name) => {
      const { method, path, successStatus } = actions[name].rest;
      return `${name}: ${method} ${path} ${successStatus}`;
    });
    expect(routes.sort()).toEqual([
      'create_container: POST /v1/containers 201',
      'delete_container: DELETE /v1/containers/:container_id 200',
      'discover_agent: GET /v1/discover 200',
      'get_address: GET /v1/addresses 200',
      'get_container: GET /v1/containers/:container_id 200',
      'get_logs: GET /v1/containers/:container_id/logs 200',
      'get_usage: GET /v1/containers/:container_id/usage 200',
      'health_check: GET /v1/containers/:container_id/health 200',
      'list_containers: GET /v1/containers 200',
      'list_incidents: GET /v1/containers/:container_id/incidents 200',
      'list_instances: GET /v1/containers/:container_id/instances 200',
      'list_usage: GET /v1/usage 200',
      'park_container: POST /v1/containers/:container_id/park 200',
      'restart_container: POST /v1/containers/:container_id/restart 200',
      'scale_agent: POST /v1/agents/:agent_id/scale 200',
      'start_container: POST /v1/containers/:container_id/start 200',
      'stop_container: POST /v1/containers/:container_id/stop 200',
      'track_usage: POST /v1/usage 202',
      'unpark_container: POST /v1/containers/:container_id/unpark 200',
      'update_container: PUT /v1/containers/:container_id 200',
    ]);
  });

  it('names each row by its key', () => {
    expect(actionNames.filter((name) => actions[name].name !== name)).toEqual([]);
  });

  it('lets a reader read, a reporter report, and nobody but a manager change anything', () => {
    for (const name of actionNames) {
      const { effects, scope, rest } = actions[name];
      expect(effects).toBe(rest.method === 'GET' ? 'read' : 'write');
      const expected = name === 'track_usage' ? 'usage' : effects === 'read' ? 'read' : 'manage';
      expect(scope, name).toBe(expected);
    }
  });

  it('has only routes that differ', () => {
    const routes = actionNames.map((name) => `${actions[name].rest.method} ${actions[name].rest.path}`);
    expect(new Set(routes).size).toBe(routes.length);
  });
});

describe('isActionName', () => {
  it('knows its own names and nothing of the prototype', () => {
    expect(isActionName('get_logs')).toBe(true);
    expect(isActionName('toString')).toBe(false);
    expect(isActionName('__proto__')).toBe(false);
  });
});
