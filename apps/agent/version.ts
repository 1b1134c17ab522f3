/** The version of the agent's programs. Four numeric fields; development builds raise the fourth. */
export const version = '0.1.0.0';
