/** A hard constraint of `ethics` that the host keeps, and by what. */
export interface EnforcedConstraint {
  readonly id: string;
  readonly enforcedBy: string;
}

/** The hard constraints that something enforces. Any other is a warning: no manifest may promise what nobody keeps. */
export const enforcedConstraints = [
  {
    id: 'customer_isolation',
    enforcedBy: 'the tenant wall: every call, address and record is of one customer, who has a network of its own',
  },
  {
    id: 'no_unauthorized_access',
    enforcedBy: 'the access check of the control interface: a caller without the needed role and scope is refused',
  },
  {
    id: 'no_data_leakage',
    enforcedBy: 'sealed secrets, which appear in no list, log, event or error, and the egress rule of the runtime',
  },
] as const satisfies readonly EnforcedConstraint[];
