__device__ __forceinline__ float larger_float(float a, float b) { return b > a ? b : a; }

extern "C" __global__ void __launch_bounds__(16) conv2d(const float* __restrict__ input,
    const float* __restrict__ weights,
    const float* __restrict__ bias,
    float* __restrict__ output) {
  __shared__ __align__(16) float b_shared[1][4][8];
  __align__(16) float sum[1][2][1][4];
  __align__(16) float a[1][1][4];
  __align__(16) float b[2];
  const int y_group = (int)blockIdx.y;
  const int x_group = (int)blockIdx.x / 2;
  const int n_group = (int)blockIdx.x % 2;
  // clear the sums
  {
    const int y_item = (int)threadIdx.x / 8;
    const int n_item = (int)threadIdx.x / 2 % 4;
    const int x_item = (int)threadIdx.x % 2;
    #pragma unroll
    for (int n_part = 0; n_part < 2; ++n_part) {
      #pragma unroll
      for (int x_lane = 0; x_lane < 4; ++x_lane) {
        sum[0][n_part][0][x_lane] = 0.0f;
      }
    }
  }
  // stage a block of b
  for (int ky = 0; ky < 3; ++ky) {
    for (int kx = 0; kx < 3; ++kx) {
      for (int k_step = 0; k_step < 4; ++k_step) {
        {
          const int b_k_item = (int)threadIdx.x / 4;
          const int b_n_item = (int)threadIdx.x % 4;
          *(float2*)&b_shared[0][b_k_item][2 * b_n_item] = *(const float2*)&weights[16 * b_k_item + 2 * b_n_item + 64 * k_step + 256 * kx + 768 * ky + 8 * n_group];
        }
        __syncthreads();
        // read the input
        {
          const int y_item = (int)threadIdx.x / 8;
          const int n_item = (int)threadIdx.x / 2 % 4;
          const int x_item = (int)threadIdx.x % 2;
          for (int k_o = 0; k_o < 2; ++k_o) {
            #pragma unroll
            for (int k_u = 0; k_u < 2; ++k_u) {
              #pragma unroll
              for (int x_lane = 0; x_lane < 4; ++x_lane) {
                if ((ky + 2 * y_group + y_item - 1 >= 0 && -ky - 2 * y_group - y_item + 9 >= 0 && kx + 8 * x_group + 4 * x_item + x_lane - 1 >= 0 && -kx - 8 * x_group - 4 * x_item - x_lane + 12 >= 0)) {
                  a[0][0][x_lane] = input[216 * k_o + 432 * k_step + 108 * k_u + kx + 12 * ky + 8 * x_group + 4 * x_item + x_lane + 24 * y_group + 12 * y_item - 13];
                }
                else {
                  a[0][0][x_lane] = 0.0f;
                }
              }
              // read the weights
              #pragma unroll
              for (int n_part = 0; n_part < 2; ++n_part) {
                b[n_part] = b_shared[0][2 * k_o + k_u][2 * n_item + n_part];
              }
              // multiply and add
              #pragma unroll
              for (int n_part = 0; n_part < 2; ++n_part) {
                #pragma unroll
                for (int x_lane = 0; x_lane < 4; ++x_lane) {
                  sum[0][n_part][0][x_lane] = fmaf(a[0][0][x_lane], b[n_part], sum[0][n_part][0][x_lane]);
                }
              }
            }
          }
        }
        __syncthreads();
      }
    }
  }
  // finish and store
  {
    const int y_item = (int)threadIdx.x / 8;
    const int n_item = (int)threadIdx.x / 2 % 4;
    const int x_item = (int)threadIdx.x % 2;
    if (-2 * y_group - y_item + 8 >= 0) {
      #pragma unroll
      for (int n_part = 0; n_part < 2; ++n_part) {
        if (-8 * x_group - 4 * x_item + 8 >= 0) {
          {
            float4 lanes;
            lanes.x = larger_float((sum[0][n_part][0][0] + bias[8 * n_group + 2 * n_item + n_part]), 0.0f);
            lanes.y = larger_float((sum[0][n_part][0][1] + bias[8 * n_group + 2 * n_item + n_part]), 0.0f);
            lanes.z = larger_float((sum[0][n_part][0][2] + bias[8 * n_group + 2 * n_item + n_part]), 0.0f);
            lanes.w = larger_float((sum[0][n_part][0][3] + bias[8 * n_group + 2 * n_item + n_part]), 0.0f);
            *(float4*)&output[864 * n_group + 216 * n_item + 108 * n_part + 8 * x_group + 4 * x_item + 24 * y_group + 12 * y_item] = lanes;
          }
        }
      }
    }
  }
}
