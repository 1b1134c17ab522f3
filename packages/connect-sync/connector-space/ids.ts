/** Numbers of rows in the engine's store. */

export type CsId = number & { readonly unit: 'connector space row' };
export type MvId = number & { readonly unit: 'metaverse row' };
export type ConnectorId = number & { readonly unit: 'connector' };
