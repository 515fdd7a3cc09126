__device__ __forceinline__ float larger_float(float a, float b) { return b > a ? b : a; }

extern "C" __global__ void __launch_bounds__(16) matmul_1(const float* __restrict__ input,
    const float* __restrict__ weights,
    float* __restrict__ partial) {
  __shared__ __align__(16) float a_shared[2][8][1][8];
  __shared__ __align__(16) float b_shared[2][8][16];
  __align__(16) float sum[1][2][1][4];
  __align__(16) float a[1][2];
  __align__(16) float b[1][4];
  __align__(16) float a_next[1][1][1][4];
  __align__(16) float b_next[1][2][1][4];
  const int k_split = (int)blockIdx.z % 2;
  const int m_major = (int)blockIdx.x / 8;
  const int n_group = (int)blockIdx.x / 2 % 4;
  const int m_minor = (int)blockIdx.x % 2;
  // clear the sums
  {
    const int m_item = (int)threadIdx.x / 4 % 4;
    const int n_item = (int)threadIdx.x % 4;
    #pragma unroll
    for (int m_part = 0; m_part < 2; ++m_part) {
      #pragma unroll
      for (int n_lane = 0; n_lane < 4; ++n_lane) {
        sum[0][m_part][0][n_lane] = 0.0f;
      }
    }
  }
  // fetch a block of a
  {
    const int a_x_item = (int)threadIdx.x / 2;
    const int a_k_item = (int)threadIdx.x % 2;
    if (-a_x_item - 16 * m_major - 8 * m_minor + 59 >= 0) {
      *(float4*)&a_next[0][0][0][0] = *(const float4*)&input[4 * a_k_item + 128 * a_x_item + 64 * k_split + 2048 * m_major + 1024 * m_minor];
    }
    else {
      #pragma unroll
      for (int a_k_lane = 0; a_k_lane < 4; ++a_k_lane) {
        a_next[0][0][0][a_k_lane] = 0.0f;
      }
    }
  }
  // fetch a block of b
  {
    const int b_k_item = (int)threadIdx.x / 4;
    const int b_n_item = (int)threadIdx.x % 4;
    #pragma unroll
    for (int b_k_turn = 0; b_k_turn < 2; ++b_k_turn) {
      *(float4*)&b_next[0][b_k_turn][0][0] = *(const float4*)&weights[64 * b_k_item + 256 * b_k_turn + 4 * b_n_item + 4096 * k_split + 16 * n_group];
    }
  }
  // stage a block of a
  for (int k_pair = 0; k_pair < 4; ++k_pair) {
    #pragma unroll
    for (int k_buffer = 0; k_buffer < 2; ++k_buffer) {
      {
        const int a_x_item = (int)threadIdx.x / 2;
        const int a_k_item = (int)threadIdx.x % 2;
        {
          const float4 lanes = *(const float4*)&a_next[0][0][0][0];
          a_shared[k_buffer][4 * a_k_item][0][a_x_item] = lanes.x;
          a_shared[k_buffer][4 * a_k_item + 1][0][a_x_item] = lanes.y;
          a_shared[k_buffer][4 * a_k_item + 2][0][a_x_item] = lanes.z;
          a_shared[k_buffer][4 * a_k_item + 3][0][a_x_item] = lanes.w;
        }
      }
      // stage a block of b
      {
        const int b_k_item = (int)threadIdx.x / 4;
        const int b_n_item = (int)threadIdx.x % 4;
        #pragma unroll
        for (int b_k_turn = 0; b_k_turn < 2; ++b_k_turn) {
          *(float4*)&b_shared[k_buffer][b_k_item + 4 * b_k_turn][4 * b_n_item] = *(const float4*)&b_next[0][b_k_turn][0][0];
        }
      }
      __syncthreads();
      // fetch a block of a
      {
        const int a_x_item = (int)threadIdx.x / 2;
        const int a_k_item = (int)threadIdx.x % 2;
        if ((-4 * a_k_item - 8 * k_buffer - 16 * k_pair - 64 * k_split + 116 >= 0 && -a_x_item - 16 * m_major - 8 * m_minor + 59 >= 0)) {
          *(float4*)&a_next[0][0][0][0] = *(const float4*)&input[4 * a_k_item + 128 * a_x_item + 8 * k_buffer + 16 * k_pair + 64 * k_split + 2048 * m_major + 1024 * m_minor + 8];
        }
        else {
          #pragma unroll
          for (int a_k_lane = 0; a_k_lane < 4; ++a_k_lane) {
            a_next[0][0][0][a_k_lane] = 0.0f;
          }
        }
      }
      // fetch a block of b
      {
        const int b_k_item = (int)threadIdx.x / 4;
        const int b_n_item = (int)threadIdx.x % 4;
        #pragma unroll
        for (int b_k_turn = 0; b_k_turn < 2; ++b_k_turn) {
          if (-b_k_item - 4 * b_k_turn - 8 * k_buffer - 16 * k_pair - 64 * k_split + 119 >= 0) {
            *(float4*)&b_next[0][b_k_turn][0][0] = *(const float4*)&weights[64 * b_k_item + 256 * b_k_turn + 4 * b_n_item + 512 * k_buffer + 1024 * k_pair + 4096 * k_split + 16 * n_group + 512];
          }
          else {
            #pragma unroll
            for (int b_n_lane = 0; b_n_lane < 4; ++b_n_lane) {
              b_next[0][b_k_turn][0][b_n_lane] = 0.0f;
            }
          }
        }
      }
      // read the input
      {
        const int m_item = (int)threadIdx.x / 4 % 4;
        const int n_item = (int)threadIdx.x % 4;
        for (int k_o = 0; k_o < 4; ++k_o) {
          #pragma unroll
          for (int k_u = 0; k_u < 2; ++k_u) {
            #pragma unroll
            for (int m_part = 0; m_part < 2; ++m_part) {
              a[0][m_part] = a_shared[k_buffer][2 * k_o + k_u][0][2 * m_item + m_part];
            }
            // read the weights
            *(float4*)&b[0][0] = *(const float4*)&b_shared[k_buffer][2 * k_o + k_u][4 * n_item];
            // multiply and add
            #pragma unroll
            for (int m_part = 0; m_part < 2; ++m_part) {
              #pragma unroll
              for (int n_lane = 0; n_lane < 4; ++n_lane) {
                sum[0][m_part][0][n_lane] = fmaf(a[0][m_part], b[0][n_lane], sum[0][m_part][0][n_lane]);
              }
            }
          }
        }
      }
    }
  }
  // finish and store
  {
    const int m_item = (int)threadIdx.x / 4 % 4;
    const int n_item = (int)threadIdx.x % 4;
    #pragma unroll
    for (int m_part = 0; m_part < 2; ++m_part) {
      if (-2 * m_item - 16 * m_major - 8 * m_minor - m_part + 59 >= 0) {
        *(float4*)&partial[3840 * k_split + 128 * m_item + 1024 * m_major + 512 * m_minor + 64 * m_part + 16 * n_group + 4 * n_item] = *(const float4*)&sum[0][m_part][0][0];
      }
    }
  }
}

extern "C" __global__ void __launch_bounds__(64) matmul_2(const float* __restrict__ bias,
    float* __restrict__ output,
    const float* __restrict__ partial) {
  float add_tile[1];
  const int axis_1 = (int)blockIdx.x % 60;
  {
    const int item = (int)threadIdx.x;
    add_tile[0] = 0.0f;
    for (int part = 0; part < 2; ++part) {
      add_tile[0] = (add_tile[0] + partial[64 * axis_1 + item + 3840 * part]);
    }
    output[64 * axis_1 + item] = larger_float((add_tile[0] + bias[item]), 0.0f);
  }
}
