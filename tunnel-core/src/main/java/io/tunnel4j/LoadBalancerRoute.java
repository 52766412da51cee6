package io.tunnel4j;

/** What routing a load balancer to a tunnel changed. Immutable, thread-safe. */
public final class LoadBalancerRoute {
    private final RouteChange loadBalancer;
    private final RouteChange pool;

    LoadBalancerRoute(RouteChange loadBalancer, RouteChange pool) {
        this.loadBalancer = loadBalancer;
        this.pool = pool;
    }

    /**
     * Returns what became of the load balancer.
     *
     * @return the change
     */
    public RouteChange loadBalancer() {
        return loadBalancer;
    }

    /**
     * Returns what became of its pool.
     *
     * @return the change
     */
    public RouteChange pool() {
        return pool;
    }

    @Override
    public String toString() {
        return "LoadBalancerRoute[loadBalancer=" + loadBalancer + ", pool=" + pool + "]";
    }
}
