/** Field numbers and enum values of onnx.proto3 (ONNX 1.16, IR version 10), as far as models are written here. */
export const MODEL = { irVersion: 1, producerName: 2, graph: 7, opsetImport: 8, metadata: 14 } as const
export const OPERATOR_SET = { domain: 1, version: 2 } as const
export const GRAPH = { node: 1, name: 2, initializer: 5, input: 11, output: 12 } as const
export const NODE = { input: 1, output: 2, name: 3, opType: 4, attribute: 5, domain: 7 } as const
export const ATTRIBUTE = { name: 1, float: 2, int: 3, string: 4, ints: 8, type: 20 } as const
export const ATTRIBUTE_TYPE = { float: 1, int: 2, string: 3, ints: 7 } as const
export const VALUE_INFO = { name: 1, type: 2 } as const
export const TYPE = { tensor: 1 } as const
export const TENSOR_TYPE = { elementType: 1, shape: 2 } as const
export const TENSOR_SHAPE = { dimension: 1 } as const
export const DIMENSION = { value: 1, parameter: 2 } as const
export const TENSOR = {
  dims: 1,
  dataType: 2,
  name: 8,
  rawData: 9,
  externalData: 13,
  dataLocation: 14,
} as const
export const STRING_ENTRY = { key: 1, value: 2 } as const
export const ELEMENT_TYPE = { f32: 1, i32: 6, i64: 7, bool: 9 } as const
export const DATA_LOCATION_EXTERNAL = 1
